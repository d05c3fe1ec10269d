package catalogue

import "testing"

const (
	// A workload that hops between networks, as they do in Azure, and is one day used with another client from one more.
	hopper = `
every day 10:00 for 21 days: mi-web sdk azure kv-pay get db-password
day 2 11:00 mi-web sdk azure2 kv-pay get db-password
day 6 11:00 mi-web sdk 20.1.2.3 kv-pay get db-password
`
	otherClient = hopper + `
day 21 11:00 mi-web curl 20.9.9.9 kv-pay get db-password
expect KVX_WorkloadTokenElsewhere mi-web kv-pay`
	sameClient = hopper + `
day 21 11:00 mi-web sdk 20.9.9.9 kv-pay get db-password`
)

// Without a table of Azure's networks, a new one of a workload that changes them says something only if the client
// changes with it.
func TestWorkloadsWithoutLists(t *testing.T) {
	story := parse(t, otherClient)
	if alerts := runWith(t, nil, story); !met(story.Expect[0], alerts) {
		t.Errorf("another client from another network: %s", summary(alerts))
	}
	if alerts := runWith(t, nil, parse(t, sameClient)); len(alerts) != 0 {
		t.Errorf("the same client from another network: %s", summary(alerts))
	}
}
