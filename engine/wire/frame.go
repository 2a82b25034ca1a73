package wire

import (
	"encoding/binary"
	"io"
	"math"
)

// A Width is how many bytes the length of a frame takes, in network byte order: 1, 2 (DNS over TCP, RFC 1035 4.2.2) or 4.
type Width int

// The widths.
const (
	Width8  Width = 1
	Width16 Width = 2
	Width32 Width = 4
)

// Max returns the longest frame that the width can say, in bytes.
func (w Width) Max() int64 { return 1<<(8*w) - 1 }

// ReadFrame reads a length and as many bytes, which it returns. A frame of more than limit bytes (0: what the width can say) is
// ErrFrameTooLong and is not read. The end of the stream before a frame is io.EOF, within one io.ErrUnexpectedEOF.
// Memory is taken as bytes arrive, not as the length promises.
func (w Width) ReadFrame(r io.Reader, limit int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[4-w:]); err != nil {
		return nil, err
	}
	promised := uint64(binary.BigEndian.Uint32(head[:]))
	if limit > 0 && promised > uint64(limit) || promised > math.MaxInt {
		return nil, ErrFrameTooLong
	}
	n := int(promised)
	const chunk = 64 << 10
	frame := make([]byte, 0, min(n, chunk))
	for len(frame) < n {
		start := len(frame)
		frame = append(frame, make([]byte, min(n-start, chunk))...)
		if _, err := io.ReadFull(r, frame[start:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return frame, nil
}

// WriteFrame writes a length and the frame in one Write, or returns ErrFrameTooLong.
func (w Width) WriteFrame(to io.Writer, frame []byte) error {
	if int64(len(frame)) > w.Max() {
		return ErrFrameTooLong
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(frame)), uint32(len(frame)))
	_, err := to.Write(append(out, frame...)[4-w:])
	return err
}
