package dash

import (
	"encoding/binary"
	"time"
)

// A box of ISO/IEC 14496-12 4.2: its length, its type, its content.
func box(kind string, content ...[]byte) []byte {
	length := 8
	for _, c := range content {
		length += len(c)
	}
	b := make([]byte, 0, length)
	b = binary.BigEndian.AppendUint32(b, uint32(length))
	b = append(b, kind...)
	for _, c := range content {
		b = append(b, c...)
	}
	return b
}

// full is a box with a version and flags.
func full(kind string, version byte, flags uint32, content ...[]byte) []byte {
	return box(kind, append([][]byte{u32(uint32(version)<<24 | flags)}, content...)...)
}

func u16(values ...uint16) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func u32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// matrix is the unity matrix of mvhd and tkhd.
func matrix() []byte { return u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000) }

// mediaScale is how many units of an MP4 file are a second.
const mediaScale = 1000

// initSegment is the beginning of a track of JPEG pictures: a movie without samples (ISO/IEC 14496-12 8.2, 8.8).
func initSegment(width, height int) []byte {
	zero := func(n int) []byte { return make([]byte, n) }
	entry := box("mp4v", zero(6), u16(1), zero(16), u16(uint16(width), uint16(height)), u32(0x480000, 0x480000, 0), u16(1), zero(32), u16(24, 0xffff), jpegDescriptor())
	table := box("stbl", full("stsd", 0, 0, u32(1), entry), full("stts", 0, 0, u32(0)), full("stsc", 0, 0, u32(0)), full("stsz", 0, 0, u32(0, 0)), full("stco", 0, 0, u32(0)))
	media := box("mdia",
		full("mdhd", 0, 0, u32(0, 0, mediaScale, 0), u16(0x55c4, 0)), // the language is und
		full("hdlr", 0, 0, u32(0), []byte("vide"), zero(12), []byte("video\x00")),
		box("minf", full("vmhd", 0, 1, zero(8)), box("dinf", full("dref", 0, 0, u32(1), full("url ", 0, 1))), table))
	track := box("trak", full("tkhd", 0, 3, u32(0, 0, 1, 0, 0, 0, 0), u16(0, 0, 0, 0), matrix(), u32(uint32(width)<<16, uint32(height)<<16)), media)
	return append(box("ftyp", []byte("iso6"), u32(0), []byte("iso6dash")),
		box("moov",
			full("mvhd", 0, 0, u32(0, 0, mediaScale, 0, 0x10000), u16(0x100, 0), zero(8), matrix(), zero(24), u32(2)),
			track,
			box("mvex", full("trex", 0, 0, u32(1, 1, 0, 0, 0))))...)
}

// jpegDescriptor says that samples are JPEG pictures (ISO/IEC 14496-1 7.2.6, object type 0x6C).
func jpegDescriptor() []byte {
	decoder := append([]byte{4, 13, 0x6C, 0x11, 0, 0, 0}, u32(0, 0)...)
	content := append(append([]byte{0, 1, 0}, decoder...), 6, 1, 2)
	return full("esds", 0, 0, append([]byte{3, byte(len(content))}, content...))
}

// mediaSegment is a fragment with pictures of equal length (ISO/IEC 14496-12 8.8), filled up to size bytes if it is smaller.
func mediaSegment(number int, start, length time.Duration, pictures [][]byte, size int) []byte {
	begin, end := start.Milliseconds(), (start + length).Milliseconds()
	run := u32(uint32(len(pictures)), 0)
	var data []byte
	for i, p := range pictures {
		from, to := int64(i)*(end-begin)/int64(len(pictures)), int64(i+1)*(end-begin)/int64(len(pictures))
		run = append(run, u32(uint32(to-from), uint32(len(p)))...)
		data = append(data, p...)
	}
	fragment := func(offset int) []byte {
		binary.BigEndian.PutUint32(run[4:], uint32(offset))
		return box("moof", full("mfhd", 0, 0, u32(uint32(number))),
			box("traf", full("tfhd", 0, 0x20000, u32(1)), full("tfdt", 1, 0, u32(0, uint32(begin))), full("trun", 0, 0x301, run)))
	}
	head := fragment(0)
	b := box("styp", []byte("msdh"), u32(0), []byte("msdhiso6"))
	b = append(append(b, fragment(len(head)+8)...), box("mdat", data)...)
	if gap := size - len(b); gap >= 8 {
		b = append(b, box("free", make([]byte, gap-8))...)
	}
	return b
}
