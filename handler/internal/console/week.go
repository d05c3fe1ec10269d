package console

import (
	"fmt"
	"html/template"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/console/chart"
)

// weekMap is when callers of a sort come to a vault.
type weekMap struct {
	Who  string // "People" or "Workloads"
	Says string // the same in words, for whoever cannot see the drawing
	Days []weekDay
	Map  template.HTML
}

// weekDay is a row of the table that stands behind the drawing.
type weekDay struct {
	Day   string
	Share int // of all visits, in percent
	Full  string
	Times string // callers in the fullest hour
}

var weekdays = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// weekMaps draws the week of people and that of workloads, those left out of which nothing is known. The times
// of alerts about callers of the sort get a ring.
func weekMaps(v *baseline.Vault, now baseline.Instant, alerts [2][]time.Time) (list []weekMap) {
	for sort, who := range []string{"People", "Workloads"} {
		hours := v.Week[sort].As(now)
		if sum(hours[:]) > 0 {
			list = append(list, newWeekMap(who, hours, alerts[sort]))
		}
	}
	return list
}

func newWeekMap(who string, hours [baseline.WeekHours]float64, marked []time.Time) weekMap {
	m := weekMap{Who: who, Says: weekSays(hours)}
	var cells [baseline.WeekHours]chart.Hour
	for i, n := range hours {
		cells[i] = chart.Hour{Count: uint32(16 * n), Title: hourName(i) + " UTC: " + usualCallers(n)}
	}
	for _, t := range marked {
		c := &cells[baseline.HourOfWeek(baseline.At(t))]
		if !c.Marked {
			c.Marked, c.Title = true, c.Title+"; an alert"
		}
	}
	for day, name := range weekdays {
		m.Days = append(m.Days, newWeekDay(name, hours[day*24:day*24+24], sum(hours[:])))
	}
	m.Map = chart.Week(who+" by hour of the week, UTC. "+m.Says, cells)
	return m
}

func newWeekDay(name string, hours []float64, all float64) weekDay {
	d := weekDay{Day: name, Share: int(100*sum(hours)/all + 0.5), Full: "–", Times: "0"}
	if most := slices.Max(hours); most > 0 {
		h := slices.Index(hours, most)
		d.Full, d.Times = fmt.Sprintf("%02d:00", h), short(most)
	}
	return d
}

func hourName(i int) string { return fmt.Sprintf("%s %02d:00", weekdays[i/24][:3], i%24) }

func usualCallers(n float64) string {
	if n == 0 {
		return "nobody"
	}
	return short(n) + " in the weeks before"
}

func sum(list []float64) (all float64) {
	for _, x := range list {
		all += x
	}
	return all
}

// weekSays tells the week in a sentence: the shortest span of hours of a day that holds nine of ten visits, and the days
// on which more than a few come.
func weekSays(hours [baseline.WeekHours]float64) string {
	var day [24]float64
	var days [7]float64
	for i, n := range hours {
		day[i%24] += n
		days[i/24] += n
	}
	from, length := shortest(day, 0.9)
	when := fmt.Sprintf("Nine of ten come between %02d:00 and %02d:00", from, (from+length)%24)
	if length > 20 {
		when = "They come at all hours"
	}
	return when + ", " + daysSaid(days) + "."
}

// shortest is the shortest span of hours, around midnight if need be, that holds a share of all.
func shortest(day [24]float64, share float64) (from, length int) {
	all := sum(day[:])
	for length = 1; length < 24; length++ {
		best := 0.0
		for start := range day {
			held := 0.0
			for k := range length {
				held += day[(start+k)%24]
			}
			if held > best {
				best, from = held, start
			}
		}
		if best >= share*all {
			return from, length
		}
	}
	return 0, 24
}

// fewShare of all visits is few for a day.
const fewShare = 0.03

func daysSaid(days [7]float64) string {
	var quiet []string
	for i, n := range days {
		if n <= fewShare*sum(days[:]) {
			quiet = append(quiet, weekdays[i])
		}
	}
	switch {
	case len(quiet) == 0:
		return "on every day"
	case slices.Equal(quiet, weekdays[5:]):
		return "from Monday to Friday"
	case len(quiet) <= 3:
		return "hardly on " + joined(quiet, "or")
	}
	var busy []string
	for _, name := range weekdays {
		if !slices.Contains(quiet, name) {
			busy = append(busy, name)
		}
	}
	return "on " + joined(busy, "and")
}

func joined(list []string, last string) string {
	text := list[0]
	for i, s := range list[1:] {
		if i == len(list)-2 {
			text += " " + last + " " + s
		} else {
			text += ", " + s
		}
	}
	return text
}
