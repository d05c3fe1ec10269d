package audit

import "time"

// parseTime reads the times of all wrappings, in UTC. The logs write "2024-04-03T14:03:10.7886260Z"; that is read by hand
// because it stands in every record. The rest are exports: the portal writes "4/3/2024, 2:03:10.788 PM".
func parseTime(b []byte) (time.Time, bool) {
	if at, ok := parseUTC(b); ok {
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

// parseUTC reads exactly YYYY-MM-DDTHH:MM:SS[.f…]Z with up to nine digits of fraction.
func parseUTC(b []byte) (time.Time, bool) {
	if len(b) < 20 || len(b) > 30 || b[len(b)-1] != 'Z' ||
		b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return time.Time{}, false
	}
	nanos, ok := fraction(b[19 : len(b)-1])
	year, month, day := digits(b[0:4]), digits(b[5:7]), digits(b[8:10])
	hour, minute, second := digits(b[11:13]), digits(b[14:16]), digits(b[17:19])
	if !ok || year < 1 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	return at, at.Day() == day // 30 February rolls over
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
	for i := len(b); i < 10; i++ {
		nanos *= 10
	}
	return nanos, true
}
