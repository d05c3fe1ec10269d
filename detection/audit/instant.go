package audit

import "time"

// parse reads the times of all wrappings, in UTC. The logs write "2024-04-03T14:03:10.7886260Z"; that is read by hand
// because it stands in every record. The rest are exports: the portal writes "4/3/2024, 2:03:10.788 PM".
func (c *clock) parse(b []byte) (time.Time, bool) {
	if at, ok := c.read(b); ok {
		return at, true
	}
	if len(b) > 64 {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
		"1/2/2006, 3:04:05.999999999 PM", "1/2/2006 3:04:05 PM"} {
		if at, err := time.Parse(layout, string(b)); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// clock reads times as the logs write them. It remembers when the last day began, since that is the costly part.
type clock struct {
	day      [10]byte
	midnight int64 // in seconds since 1970
}

// read reads exactly YYYY-MM-DDTHH:MM:SS[.f…]Z with up to nine digits of fraction.
func (c *clock) read(b []byte) (time.Time, bool) {
	if len(b) < 20 || len(b) > 30 || b[len(b)-1] != 'Z' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return time.Time{}, false
	}
	hour, minute, second := two(b[11:13]), two(b[14:16]), two(b[17:19])
	nanos, ok := fraction(b[19 : len(b)-1])
	if !ok || hour > 23 || minute > 59 || second > 59 || string(b[:10]) != string(c.day[:]) && !c.begin(b[:10]) {
		return time.Time{}, false
	}
	return time.Unix(c.midnight+int64(hour*3600+minute*60+second), int64(nanos)).UTC(), true
}

// begin reads the day YYYY-MM-DD.
func (c *clock) begin(b []byte) bool {
	year, month, day := digits(b[0:4]), two(b[5:7]), two(b[8:10])
	if b[4] != '-' || b[7] != '-' || year < 1 || month < 1 || month > 12 || day < 1 {
		return false
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if at.Day() != day {
		return false // 30 February rolls over
	}
	c.day, c.midnight = [10]byte(b), at.Unix()
	return true
}

// two is a number of two digits, more than 99 if it is none.
func two(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return int(tens)*10 + int(ones)
}

// digits is a number of decimal digits, -1 if it is none.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// fraction reads ".7886260" as nanoseconds; nothing at all is zero.
func fraction(b []byte) (int, bool) {
	if len(b) == 0 {
		return 0, true
	}
	nanos := digits(b[1:])
	if b[0] != '.' || len(b) < 2 || nanos < 0 {
		return 0, false
	}
	return nanos * powers[10-len(b)], true
}

var powers = [...]int{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}
