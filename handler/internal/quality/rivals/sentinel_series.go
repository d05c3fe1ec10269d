package rivals

import (
	"iter"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// Constants of the rule: the score above which a day is an anomaly, the baseline below which it does not count, and
// the days it looks back.
const (
	seriesScore    = 3
	seriesBaseline = 5
	seriesDays     = 14
)

// timeSeries is Microsoft Sentinel's "Azure Key Vault access TimeSeries anomaly": daily reads per vault against a
// fitted line over 14 days, scored as series_decompose_anomalies does by default (Tukey's test with the 10th and 90th
// percentile). Kusto looks for a season by itself; 14 daily points show none reliably, so we fit the line alone.
//
// Two readings are in its favour. The published join meets hour bins with day bins and seldom matches; we count one a
// vault and day. And the judged day, the last of 14, is left out of the fit: with it, a lone spike lifts its own line so
// far that the score stays near 2 however high it is, and the rule could never fire.
func timeSeries() Rival {
	return Rival{Name: "Sentinel: access time series",
		Source: "Azure/Azure-Sentinel, Solutions/Azure Key Vault/Analytic Rules/TimeSeriesKeyvaultAccessAnomaly.yaml",
		About:  "Once a day: vaults whose reads stand out of a line fitted to 14 days.", Judge: judgeSeries}
}

func judgeSeries(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	c := &collector{name: "series"}
	history := map[string][]float64{}
	byDay(records, func(day time.Time, records []*audit.Record) {
		reads := map[string][]*audit.Record{}
		for _, r := range records {
			if slices.Contains([]string{"SecretGet", "KeyGet", "VaultGet"}, r.Operation) && !polled(r) && r.Address.IsValid() {
				reads[r.Vault] = append(reads[r.Vault], r)
				if history[r.Vault] == nil {
					history[r.Vault] = []float64{}
				}
			}
		}
		for vault, days := range history {
			days = append(days, float64(len(reads[vault])))
			history[vault] = days[max(0, len(days)-seriesDays):]
		}
		for _, vault := range sortedKeys(reads) {
			if len(history[vault]) == seriesDays && standsOut(history[vault]) {
				c.add(busiest(reads[vault]), day.Add(aDay), volume)
			}
		}
	})
	return c.findings
}

// standsOut tells whether the last point is an upward anomaly against the others. A spread below one record counts as
// one, so that a still vault can have an anomaly at all.
func standsOut(series []float64) bool {
	past, last := series[:len(series)-1], len(series)-1
	intercept, slope := fit(past)
	rest := make([]float64, len(past))
	for i, y := range past {
		rest[i] = y - intercept - slope*float64(i)
	}
	line := intercept + slope*float64(last)
	low, high := percentile(rest, 0.1), percentile(rest, 0.9)
	return line > seriesBaseline && (series[last]-line-high)/max(1, high-low) > seriesScore
}

// fit is the least-squares line through points at 0, 1, 2, …
func fit(series []float64) (intercept, slope float64) {
	n := float64(len(series))
	meanX, meanY, cov, square := (n-1)/2, 0.0, 0.0, 0.0
	for _, y := range series {
		meanY += y / n
	}
	for i, y := range series {
		dx := float64(i) - meanX
		cov, square = cov+dx*(y-meanY), square+dx*dx
	}
	if square > 0 {
		slope = cov / square
	}
	return meanY - slope*meanX, slope
}

// percentile interpolates between the ranks.
func percentile(list []float64, p float64) float64 {
	s := slices.Sorted(slices.Values(list))
	at := p * float64(len(s)-1)
	i := int(at)
	if i+1 >= len(s) {
		return s[len(s)-1]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// busiest is the last record of the caller with most of them, as the rule names the account at most.
func busiest(records []*audit.Record) *audit.Record {
	counts := map[string]int{}
	best := records[0]
	for _, r := range records {
		counts[r.Caller.ID]++
		if counts[r.Caller.ID] >= counts[best.Caller.ID] {
			best = r
		}
	}
	return best
}
