package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// handsStay is the chance of a new network on a day up to which a workload's network says something.
const handsStay = 0.2

// strangeHands finds a workload that comes with a client and from a network it never had and reads what it never read:
// its token in other hands, on a machine in Azure, too, where the address alone says nothing. As many objects as make a
// dump at once after a list are enough here without one: a release brings a new client, a move a new network, a feature
// new objects, but hardly all three at once.
func strangeHands(c *detection.Case) *detection.Finding {
	if !c.Record.Caller.Kind.Workload() || !c.NewAgent() || !c.Unread(c.Object, c.At-baseline.Hour) || activeDays(c) < writerDays {
		return nil
	}
	if !c.Network.IsValid() || !c.Principal.Networks.Get(c.Network, c.At).NewAt(c.At, baseline.DayLen) || c.Principal.Wandering() > handsStay {
		return nil
	}
	distinct, fresh := breadth(c, c.At-baseline.Hour)
	if fresh < listGetImmediate {
		return nil
	}
	most := c.Member.Breadth.Top.Top(c.At.Day())
	n := detection.Number{What: "distinct objects within an hour", Observed: float64(distinct), Most: float64(most), Span: "a day"}
	return &detection.Finding{Since: c.At - baseline.Hour, Confidence: c.Confidence(), Weight: distinct, Number: n, Explain: func() []string {
		return []string{
			fmt.Sprintf("%s read for the first time within an hour; the caller reads at most %d a day.", plural(fresh, "object"), most),
			fmt.Sprintf("It came from %s with %s; on %d active days it had neither the network nor the client.", from(c), c.Agent, activeDays(c)),
		}
	}}
}

const (
	strangeHandsFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web curl azure2 kv-pay get s01..s08
expect KV_OperationVolumeAnomaly mi-web kv-pay`
	// A release with a new client and new objects, where the workload always was.
	strangeHandsSilent = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web python azure kv-pay get s01..s08`
)
