package pipeline

import (
	"net/netip"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

type auditRecord = audit.Record

// storyLists are the address lists of the stories' world.
type storyLists struct{}

func (storyLists) Tor(a netip.Addr, _ time.Time) (detection.Listing, bool) {
	return detection.Listing{List: "tor"}, a.String() == scenario.TorExit
}
func (storyLists) Suspicious(netip.Addr, time.Time) (detection.Listing, bool) {
	return detection.Listing{}, false
}
func (storyLists) Azure(a netip.Addr) bool {
	return netip.MustParsePrefix(scenario.AzureRange).Contains(a)
}
func (storyLists) Known(a netip.Addr) bool {
	return netip.MustParsePrefix(scenario.OfficeRange).Contains(a)
}
func (storyLists) HasAzure() bool { return true }
