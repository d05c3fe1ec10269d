package quality

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// Report is the outcome of a measurement. Shares are from 0 to 1, delays in seconds; nil means that there was nothing
// to take a share of. The names of the first block are those of the corpus' scorer.
type Report struct {
	Requirements   int      `json:"requirements"`
	Met            int      `json:"met"`
	VaultMonths    float64  `json:"vault_months"`
	Alerts         int      `json:"alerts"`
	Lines          int      `json:"lines"`
	Episodes       int      `json:"episodes"`
	Seen           *float64 `json:"seen"`
	Expectations   *float64 `json:"expectations"`
	Extensions     *float64 `json:"ext_expectations"`
	Stretch        *float64 `json:"stretch_hit"`
	FalseRate      *float64 `json:"false_per_vault_month"`
	FalseLearning  *float64 `json:"false_while_learning_per_vault_month"`
	False          int      `json:"false"`
	FalseLearned   int      `json:"false_while_learning"`
	Forbidden      int      `json:"forbidden"`
	OnNovel        int      `json:"on_novel"`
	Unexpected     int      `json:"unexpected"`
	MedianDelay    *float64 `json:"median_delay_s"`
	TailDelay      *float64 `json:"p95_delay_s"`
	MedianStart    *float64 `json:"median_from_start_s"`
	PerEpisode     *float64 `json:"alerts_per_episode"`
	MostPerEpisode *int     `json:"max_alerts_per_episode"`
	CallerRight    *float64 `json:"caller_right"`
	VaultRight     *float64 `json:"vault_right"`
	// Recall is the share of requirements met, by each type that could have met them.
	Recall map[string]float64 `json:"recall_per_type"`

	// IncidentsPerEpisode is how many incidents the alerts of an attack that was seen fell into.
	IncidentsPerEpisode *float64 `json:"incidents_per_episode"`

	// ObjectRecall is the share of touched objects that the alerts name; ObjectPrecision the share of named objects
	// that were touched. Both over attacks that were seen.
	ObjectRecall    *float64 `json:"object_recall"`
	ObjectPrecision *float64 `json:"object_precision"`

	Scenarios []Scenario `json:"scenarios"`
	Types     []Type     `json:"types"`
	Missed    []Missed   `json:"missed"`
	// Causes says where alerts came from that should not have been, or need not.
	Causes []Cause `json:"causes"`
}

// Scenario is a row of the table of stories.
type Scenario struct {
	Name     string `json:"name"`
	Class    string `json:"class"`
	Episodes int    `json:"episodes"`
	Seen     int    `json:"seen"`
	Met      int    `json:"met"`
	Required int    `json:"required"`
	Alerts   int    `json:"alerts"`
	// False counts alerts on the story that were not understandable.
	False int `json:"false"`
}

// Type is a row of the table of alert types. Own counts requirements met by this very type.
type Type struct {
	Name     string `json:"name"`
	Required int    `json:"required"`
	Met      int    `json:"met"`
	Own      int    `json:"own"`
	// Raised counts alerts, False those of them that were false after learning.
	Raised int `json:"raised"`
	False  int `json:"false"`
}

// Missed is a requirement nobody met, and what was raised instead.
type Missed struct {
	Episode string   `json:"episode"`
	Any     []string `json:"any"`
	Got     []string `json:"got"`
}

// Cause counts alerts of a type on a story for one reason: "false", "false while learning", "forbidden", "novel" or
// "unexpected". Scenario is "-" for alerts on no story.
type Cause struct {
	Reason   string `json:"reason"`
	Type     string `json:"type"`
	Scenario string `json:"scenario"`
	Count    int    `json:"count"`
}

// share rounds a/b to four digits; nothing of nothing is nil.
func share(a, b int) *float64 {
	if b == 0 {
		return nil
	}
	return rounded(float64(a)/float64(b), 4)
}

func rounded(x float64, digits int) *float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'f', digits, 64), 64)
	return &r
}

func median(list []float64) *float64 {
	if len(list) == 0 {
		return nil
	}
	s := slices.Sorted(slices.Values(list))
	n := len(s)
	return rounded((s[(n-1)/2]+s[n/2])/2, 1)
}

func tail(list []float64) *float64 {
	if len(list) == 0 {
		return nil
	}
	s := slices.Sorted(slices.Values(list))
	return rounded(s[min(len(s)-1, int(.95*float64(len(s))))], 1)
}

// report adds up.
func (t *trial) report(l month.Labels) Report {
	r := Report{Alerts: len(t.seen), Lines: t.lines, False: len(t.falses), FalseLearned: len(t.learning), Forbidden: len(t.banned),
		OnNovel: len(t.novelties), Unexpected: len(t.surprises), CallerRight: share(t.rightCaller, t.judged), VaultRight: share(t.rightVault, t.judged)}
	t.rates(&r, l)
	t.attacks(&r)
	t.stretches(&r)
	t.objects(&r)
	r.Scenarios = t.scenarios()
	r.Types = t.types()
	r.Recall = map[string]float64{}
	for _, y := range r.Types {
		if y.Required > 0 {
			r.Recall[y.Name] = *rounded(float64(y.Met)/float64(y.Required), 3)
		}
	}
	r.Causes = t.causes()
	return r
}

func (t *trial) rates(r *Report, l month.Labels) {
	after, before := months(l)
	r.VaultMonths = *rounded(after, 2)
	if after > 0 {
		r.FalseRate = rounded(float64(len(t.falses))/after, 3)
	}
	if before > 0 {
		r.FalseLearning = rounded(float64(len(t.learning))/before, 3)
	}
}

// judgedAttacks are the attacks that count.
func (t *trial) judgedAttacks() []*episode {
	var out []*episode
	for _, e := range t.episodes {
		if e.Class == month.Attack && !e.Episode.Stretch {
			out = append(out, e)
		}
	}
	return out
}

// attacks counts requirements, delays and repetitions.
func (t *trial) attacks(r *Report) {
	var delays, starts []float64
	seen, extra, extraMet, told, most, total, incidents := 0, 0, 0, 0, 0, 0, 0
	for _, e := range t.judgedAttacks() {
		if e.core() {
			r.Episodes++
			seen += one(len(e.got) > 0)
		}
		if len(e.got) > 0 {
			first := slices.MinFunc(e.got, func(a, b *alert) int { return cmp.Compare(a.raised, b.raised) })
			starts = append(starts, seconds(first.raised-micros(e.Start)))
		}
		if e.alerts > 0 {
			told, total, most = told+1, total+e.alerts, max(most, e.alerts)
			incidents += len(e.incidents)
		}
		for _, w := range e.wishes {
			if w.Extension {
				extra, extraMet = extra+1, extraMet+one(w.met != nil)
			} else {
				r.Requirements, r.Met = r.Requirements+1, r.Met+one(w.met != nil)
			}
			if w.met == nil {
				r.Missed = append(r.Missed, Missed{Episode: e.ID, Any: w.Any, Got: gotTypes(e)})
				continue
			}
			decided := e.Start
			if w.Decided != nil {
				decided = *w.Decided
			}
			delays = append(delays, max(0, seconds(w.met.raised-micros(decided))))
		}
	}
	r.Seen, r.Expectations, r.Extensions = share(seen, r.Episodes), share(r.Met, r.Requirements), share(extraMet, extra)
	r.MedianDelay, r.TailDelay, r.MedianStart = median(delays), tail(delays), median(starts)
	if told > 0 {
		r.PerEpisode, r.MostPerEpisode = rounded(float64(total)/float64(told), 2), &most
		r.IncidentsPerEpisode = rounded(float64(incidents)/float64(told), 2)
	}
}

func seconds(micros int64) float64 { return float64(micros) / 1e6 }

// core tells whether a type that Defender has can meet one of the requirements.
func (e *episode) core() bool {
	return slices.ContainsFunc(e.wishes, func(w *wish) bool { return !w.Extension })
}

func gotTypes(e *episode) []string {
	kinds := set{}
	for _, a := range e.got {
		kinds[a.kind] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}

func (t *trial) stretches(r *Report) {
	all, met := 0, 0
	for _, e := range t.episodes {
		if e.Episode.Stretch {
			all++
			met += one(slices.ContainsFunc(e.wishes, func(w *wish) bool { return w.met != nil }))
		}
	}
	r.Stretch = share(met, all)
}

// objects holds the lists of touched objects against what the attackers touched.
func (t *trial) objects(r *Report) {
	right, touched, named := 0, 0, 0
	for _, e := range t.judgedAttacks() {
		list := map[month.Object]bool{}
		for _, a := range e.got {
			for _, o := range a.Objects {
				list[o] = true
			}
		}
		if len(e.got) == 0 || len(e.Objects) == 0 {
			continue
		}
		touched, named = touched+len(e.Objects), named+len(list)
		for _, o := range e.Objects {
			right += one(list[month.Object{Vault: strings.ToLower(o.Vault), Name: strings.ToLower(o.Name)}])
		}
	}
	r.ObjectRecall, r.ObjectPrecision = share(right, touched), share(right, named)
}
