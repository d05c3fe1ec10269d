package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Ensure that a week is told in words that fit it.
func TestWeekSays(t *testing.T) {
	week := func(come func(day, hour int) bool) (hours [baseline.WeekHours]float64) {
		for i := range hours {
			if come(i/24, i%24) {
				hours[i] = 2
			}
		}
		return hours
	}
	for want, come := range map[string]func(day, hour int) bool{
		"between 08:00 and 17:00, from Monday to Friday.":           func(d, h int) bool { return d < 5 && h >= 8 && h < 17 },
		"They come at all hours, on every day.":                     func(int, int) bool { return true },
		"between 22:00 and 04:00, on every day.":                    func(_, h int) bool { return h >= 22 || h < 4 },
		"between 09:00 and 10:00, on Tuesday.":                      func(d, h int) bool { return d == 1 && h == 9 },
		"between 09:00 and 10:00, hardly on Sunday.":                func(d, h int) bool { return d < 6 && h == 9 },
		"between 09:00 and 10:00, on Monday, Wednesday and Friday.": func(d, h int) bool { return d%2 == 0 && d < 6 && h == 9 },
	} {
		if got := weekSays(week(come)); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Ensure that the vault's page shows when people and workloads come, in words and in a table as well, with the hour of
// the open alert ringed; and that the story shows the hour as evidence.
func TestTheWeekIsShown(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	page := w.get(t, "ui/vault?id="+url.QueryEscape(a.Vaults[len(a.Vaults)-1]), http.StatusOK)
	for _, want := range []string{"People by hour of the week", "Workloads by hour of the week", "As a table", `class="ring"`, "an alert"} {
		if !strings.Contains(page, want) {
			t.Errorf("the vault's page lacks %q", want)
		}
	}
	w = tell(t, weekdayThief)
	for _, a := range w.alerts(t) {
		if strings.Contains(w.get(t, "ui/alert?id="+a.ID, http.StatusOK), "when hardly anybody comes") {
			return
		}
	}
	t.Error("no alert shows that its hour is one in which hardly anybody comes")
}

// weekdayThief comes by night to a vault that two people visit by day.
const weekdayThief = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every workday 14:00 for 20 days: bob portal office kv-pay get db-password
day 20 03:05 alice cli tor kv-pay list secrets
day 20 03:06 alice cli tor kv-pay get s01..s12`
