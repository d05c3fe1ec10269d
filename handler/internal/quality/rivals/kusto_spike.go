package rivals

import (
	"iter"
	"math"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// Defaults of detect_anomalous_spike_fl.
const (
	spikeDays     = 14
	spikeSlices   = 20
	spikeZ        = 3
	spikeQ        = 2
	spikeLow      = 0.25
	spikeHigh     = 0.9
	spikeTraining = 30
)

// spike is the Kusto library's detect_anomalous_spike_fl() over daily operations, with callers as entities and vaults as
// scopes: a day beyond three deviations and two quantile ranges of the entity's own days, or of the scope's. Days
// without operations make no row, as in its examples.
func spike() Rival {
	return Rival{Name: "Kusto: spike",
		Source: "MicrosoftDocs/dataexplorer-docs, data-explorer/kusto/functions-library/detect-anomalous-spike-fl.md",
		About:  "Once a day: a caller's operations on a vault far above its own or the vault's days.", Judge: judgeSpike}
}

// rows are daily counts with the day they belong to.
type rows []struct {
	day   time.Time
	count float64
}

type pair struct{ vault, caller string }

func judgeSpike(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	c := &collector{name: "spike"}
	entities, scopes, born := map[pair]rows{}, map[string]rows{}, map[string]time.Time{}
	byDay(records, func(day time.Time, records []*audit.Record) {
		counts, last, order := map[pair]float64{}, map[pair]*audit.Record{}, []pair{}
		for _, r := range records {
			if !r.Caller.Known() || r.Outcome != audit.Success || r.Class == audit.Meta {
				continue
			}
			key := pair{r.Vault, r.Caller.ID}
			if counts[key] == 0 {
				order = append(order, key)
			}
			counts[key]++
			last[key] = r
			if _, ok := born[r.Vault]; !ok {
				born[r.Vault] = day
			}
		}
		for _, key := range order {
			old := day.Sub(born[key.vault]) >= spikeDays*aDay
			if old && (entities[key].exceeded(day, counts[key]) || scopes[key.vault].exceeded(day, counts[key])) {
				c.add(last[key], day.Add(aDay), volume, listGet)
			}
		}
		for _, key := range order {
			row := rows{{day, counts[key]}}
			entities[key], scopes[key.vault] = append(entities[key].since(day), row...), append(scopes[key.vault].since(day), row...)
		}
	})
	return c.findings
}

// since drops what is older than the training span.
func (r rows) since(day time.Time) rows {
	for len(r) > 0 && day.Sub(r[0].day) > spikeTraining*aDay {
		r = r[1:]
	}
	return r
}

// exceeded scores a value against past days. One is added to the denominators, as the function does.
func (r rows) exceeded(day time.Time, value float64) bool {
	past := r.since(day)
	values, slices := make([]float64, 0, len(past)), map[time.Time]bool{}
	mean := 0.0
	for _, row := range past {
		values = append(values, row.count)
		slices[row.day] = true
		mean += row.count / float64(len(past))
	}
	if len(slices) < spikeSlices || day.Sub(past[0].day) < spikeDays*aDay {
		return false
	}
	square := 0.0
	for _, v := range values {
		square += (v - mean) * (v - mean)
	}
	deviation := math.Sqrt(square / float64(len(values)-1))
	low, high := percentile(values, spikeLow), percentile(values, spikeHigh)
	return (value-mean)/(deviation+1) > spikeZ && (value-high)/(high-low+1) > spikeQ
}
