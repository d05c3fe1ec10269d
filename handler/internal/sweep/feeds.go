package sweep

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
)

var feedName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// ParseFeeds reads lists of suspicious addresses given as "name=address", as in
// "spamhaus-drop=https://www.spamhaus.org/drop/drop_v4.json". Plain lists, CIDR and JSON lines are understood; see
// [intel.Parse]. The error says which entry is wrong and what it should be, without its address, which may hold a key.
func ParseFeeds(entries []string) ([]intel.Feed, error) {
	var feeds []intel.Feed
	taken := map[string]bool{intel.TorExits().Name: true}
	for i, entry := range entries {
		name, address, ok := strings.Cut(strings.TrimSpace(entry), "=")
		if !ok || !feedName.MatchString(name) {
			return nil, fmt.Errorf("feed %d: write it as name=https://…, the name of a-z, 0-9 and dashes, at most 40", i+1)
		}
		if taken[name] {
			return nil, fmt.Errorf("feed %s: there is another feed of this name; choose one of its own for each", name)
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("feed %s: what follows the = is no address; it begins with https://", name)
		}
		taken[name] = true
		feeds = append(feeds, intel.Feed{Name: name, URL: address, Kind: intel.Suspicious})
	}
	return feeds, nil
}
