// Measures with ns-3 3.37 what TestTCPReference compares vnet with: the goodput of one TCP connection over a lossy link, and the mean
// of its congestion window. goodput.txt is what it printed for each model and loss with runs 1 to 10. With Debian's libns3-dev:
//
//   g++ -O2 goodput.cc -o goodput -lns3-core -lns3-network -lns3-internet -lns3-point-to-point -lns3-applications -lns3-traffic-control
//   ./goodput --model=TcpNewReno --loss=0.001 --run=1
#include <algorithm>
#include <cstdio>
#include <string>

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

using namespace ns3;

static const double seconds = 60;
static double windowSeconds, changedAt;
static uint32_t window;

static void windowChanged(uint32_t, uint32_t now) {
  double t = Simulator::Now().GetSeconds();
  windowSeconds += window * (t - changedAt);
  changedAt = t;
  window = now;
}

static void watchWindow() {
  Config::ConnectWithoutContext("/NodeList/0/$ns3::TcpL4Protocol/SocketList/0/CongestionWindow", MakeCallback(&windowChanged));
}

static void configure(const std::string& model) {
  Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::" + model));
  Config::SetDefault("ns3::TcpL4Protocol::RecoveryType", TypeIdValue(TypeId::LookupByName("ns3::TcpClassicRecovery")));
  Config::SetDefault("ns3::TcpSocketBase::Sack", BooleanValue(false));
  Config::SetDefault("ns3::TcpSocketBase::Timestamp", BooleanValue(false));
  Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(Seconds(1)));
  Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1460));
  Config::SetDefault("ns3::TcpSocket::InitialCwnd", UintegerValue(10));
  Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
  Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4 << 20));
  Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(2));
  Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(200)));
}

// path joins two nodes by 100 Mbps and 10 ms each way, with a queue that never overflows and loss where the data arrives.
static Ipv4Address path(NodeContainer nodes, double loss) {
  PointToPointHelper link;
  link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
  link.SetChannelAttribute("Delay", StringValue("10ms"));
  link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("20000p"));
  NetDeviceContainer devices = link.Install(nodes);
  Ptr<RateErrorModel> errors = CreateObject<RateErrorModel>();
  errors->SetAttribute("ErrorRate", DoubleValue(loss));
  errors->SetAttribute("ErrorUnit", StringValue("ERROR_UNIT_PACKET"));
  devices.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(errors));
  InternetStackHelper().Install(nodes);
  Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
  Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
  TrafficControlHelper().Uninstall(devices);
  return interfaces.GetAddress(1);
}

int main(int argc, char** argv) {
  std::string model = "TcpNewReno";
  double loss = 0.001;
  uint32_t run = 1;
  CommandLine options;
  options.AddValue("model", "congestion control", model);
  options.AddValue("loss", "probability of a packet to be lost", loss);
  options.AddValue("run", "RngRun", run);
  options.Parse(argc, argv);
  RngSeedManager::SetRun(run);
  configure(model);
  NodeContainer nodes(2);
  Ipv4Address to = path(nodes, loss);
  BulkSendHelper sender("ns3::TcpSocketFactory", InetSocketAddress(to, 80));
  sender.SetAttribute("MaxBytes", UintegerValue(0));
  sender.SetAttribute("SendSize", UintegerValue(65536));
  sender.Install(nodes.Get(0)).Start(Seconds(0));
  PacketSinkHelper receiver("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), 80));
  ApplicationContainer sink = receiver.Install(nodes.Get(1));
  sink.Start(Seconds(0));
  Simulator::Schedule(MilliSeconds(1), &watchWindow);
  Simulator::Stop(Seconds(seconds));
  Simulator::Run();
  windowSeconds += window * (seconds - changedAt);
  std::printf("%s loss %g run %u: %.2f Mbps, window %.1f segments\n", model.c_str(), loss, run,
              DynamicCast<PacketSink>(sink.Get(0))->GetTotalRx() * 8 / seconds / 1e6, windowSeconds / seconds / 1460);
  Simulator::Destroy();
}
