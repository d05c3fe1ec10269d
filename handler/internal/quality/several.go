package quality

import (
	"iter"
	"maps"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// Trial is one labelled log with what a judge found in it.
type Trial struct {
	Labels   month.Labels
	Findings []Finding
}

// JudgeAll holds several judgements against their labels and reports on all of them together, as if they were one log
// of all the organisations.
func JudgeAll(trials iter.Seq[Trial], o Options) Report {
	sum := &trial{options: o, seen: set{}}
	var labels month.Labels
	for x := range trials {
		t := newTrial(x.Labels, o)
		t.judge(x.Findings)
		sum.add(t)
		after, before := months(x.Labels)
		labels.VaultMonths, labels.VaultMonthsLearning = labels.VaultMonths+after, labels.VaultMonthsLearning+before
	}
	return sum.report(labels)
}

// add takes another trial's counts in.
func (t *trial) add(o *trial) {
	maps.Copy(t.seen, o.seen)
	t.lines += o.lines
	t.episodes = append(t.episodes, o.episodes...)
	t.falses, t.learning = append(t.falses, o.falses...), append(t.learning, o.learning...)
	t.novelties, t.banned = append(t.novelties, o.novelties...), append(t.banned, o.banned...)
	t.surprises, t.hits = append(t.surprises, o.surprises...), append(t.hits, o.hits...)
	t.judged, t.rightCaller, t.rightVault = t.judged+o.judged, t.rightCaller+o.rightCaller, t.rightVault+o.rightVault
}

// months are a log's vault-months after and during learning; the labels may leave them to be worked out.
func months(l month.Labels) (after, before float64) {
	after, before = l.VaultMonths, l.VaultMonthsLearning
	if after == 0 {
		after = float64(l.Vaults) * l.End.Sub(l.Learned).Hours() / 720
	}
	if before == 0 {
		before = float64(l.Vaults) * l.Learned.Sub(l.Start).Hours() / 720
	}
	return after, before
}
