package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// Ensure that the health page and the API show what the last sweep wrote down: what failed, what is late, the backlog of
// delivery, the ages of lists that another process fetches; and no secret in it.
func TestHealthShowsTheSweep(t *testing.T) {
	w, doc := tell(t, thief), document(t)
	if page := w.get(t, "ui/health", http.StatusOK); strings.Contains(page, "Last sweep") {
		t.Error("a sweep is shown though none has run")
	}
	h := sweep.Health{Instance: "worker-1", Started: w.now.Add(-2 * time.Minute), Ended: w.now.Add(-time.Minute), Judged: true,
		Steps:    []sweep.Step{{Name: "settle", Milliseconds: 12}, {Name: "deliver", Milliseconds: 3, Error: "post https://hooks.example/in?code=T0KEN: refused"}},
		Lists:    []sweep.ListAge{{Name: "tor exits", Entries: 1200, AsOf: w.now.Add(-7 * time.Hour), Problem: "not found"}},
		Delivery: notify.Report{Channels: []notify.ChannelReport{{Name: "webhook", Waiting: 17, Oldest: w.now.Add(-time.Hour), Error: "refused"}}},
		Concerns: []string{"Channel webhook does not take what it is told, 17 alerts wait: refused."}}
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Commit(t.Context(), "health", []store.Write{{Key: "sweep", Data: data, If: store.Any}}); err != nil {
		t.Fatal(err)
	}
	page := w.get(t, "ui/health", http.StatusOK)
	for _, want := range []string{"Last sweep", "in worker-1", "17 alerts wait", "tor exits", "not found", "1 step failed, 1 thing to look at", "look here"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	body := w.get(t, "v1/health", http.StatusOK)
	hold(t, doc, doc.Paths.Find("/v1/health").Get, body)
	if !strings.Contains(body, `"healthy": false`) || !strings.Contains(body, `"waiting": 17`) {
		t.Errorf("the API says %s", body)
	}
	if strings.Contains(page+body, "T0KEN") {
		t.Error("a secret is shown")
	}
}
