package console

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Ensure that every answer, errors and files included, comes with the headers that keep a browser from harm.
func TestHeadersOfEveryAnswer(t *testing.T) {
	w := tell(t, thief)
	for _, path := range []string{"ui/", "ui/style.css", "ui/nothing", "v1/alerts", "v1/nothing", "ui/alerts.csv", ""} {
		response, err := http.Get(w.URL + "/api/" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		policy := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin"} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	for at, page := range w.crawl(t, "ui/") {
		if strings.Contains(page, "style=") || strings.Contains(page, "<style") || strings.Contains(page, " onclick") || strings.Contains(page, "javascript:") {
			t.Errorf("%s holds what the policy forbids", at)
		}
	}
}

// Ensure that a console on a laptop answers to its own names only, so that no web page reaches it by a name of its own.
func TestForeignHostNames(t *testing.T) {
	w := tell(t, thief)
	for host, status := range map[string]int{"127.0.0.1:7071": 200, "localhost": 200, "LOCALHOST:80": 200, "[::1]:7071": 200,
		"evil.example": 421, "127.0.0.1.evil.example:7071": 421, "localhost.evil.example": 421, "0.0.0.0": 421} {
		for _, path := range []string{"ui/", "v1/session", "ui/style.css"} {
			r, err := http.NewRequest(http.MethodGet, w.URL+"/api/"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			w.do(t, r, status)
		}
	}
}

// Ensure that nothing is changed without a token that was made for this visitor, lately, nor at another site's wish.
func TestChangesNeedAToken(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	page := w.get(t, "ui/alert?id="+a.ID, http.StatusOK)
	form := url.Values{"alert": {a.ID}, "status": {"confirmed"}, "token": {tokenOf(t, page)}}
	with := func(token string) url.Values {
		return url.Values{"alert": form["alert"], "status": form["status"], "token": {token}}
	}
	stamp, signature, _ := strings.Cut(form.Get("token"), ".")
	for _, token := range []string{"", "x", stamp, "9" + stamp + "." + signature, stamp + "." + strings.Repeat("0", len(signature))} {
		w.post(t, "ui/set-status", with(token), http.StatusForbidden)
	}
	r, err := http.NewRequest(http.MethodPost, w.URL+"/api/ui/set-status", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w.do(t, r, http.StatusForbidden)
	w.get(t, "ui/set-status?"+form.Encode(), http.StatusMethodNotAllowed)
	for _, path := range []string{"ui/add-rule", "ui/end-rule", "ui/replay", "v1/add-rule", "v1/end-rule", "v1/set-status"} {
		w.post(t, path, with(""), http.StatusForbidden)
	}
	if page := w.get(t, "ui/rules", http.StatusOK); !strings.Contains(page, "Nobody changed anything yet") {
		t.Error("something was changed")
	}
	w.post(t, "ui/set-status", form, http.StatusOK)
	if page := w.get(t, "ui/rules", http.StatusOK); !strings.Contains(page, "the user of this computer") || !strings.Contains(page, "marked confirmed") {
		t.Error("the audit does not say who did what")
	}
	w.now = w.now.Add(tokenLife + time.Minute)
	w.post(t, "ui/set-status", form, http.StatusForbidden)
}

// Ensure that whoever is signed in is known by Easy Auth's header only where Easy Auth is on, and that then nobody
// comes without, and a token of one is none of another.
func TestWhoIsSignedIn(t *testing.T) {
	signed := func(name string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"auth_typ":"aad","name_typ":"upn","claims":[{"typ":"upn","val":"` + name + `"}]}`))
	}
	ask := func(w *world, headers ...string) *http.Request {
		r, err := http.NewRequest(http.MethodGet, w.URL+"/api/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range headers {
			r.Header.Add("X-MS-CLIENT-PRINCIPAL", h)
		}
		return r
	}
	off := tell(t, thief)
	r := ask(off, signed("mallory@evil.example"))
	if body := off.do(t, r, http.StatusOK); strings.Contains(body, "mallory") {
		t.Errorf("a header that anybody can send was believed: %s", body)
	}
	on := tell(t, thief, func(o *Options) { o.Access = Access{EasyAuth: true} })
	for _, headers := range [][]string{nil, {"x"}, {""}, {base64.StdEncoding.EncodeToString([]byte(`{}`))}, {signed("a@contoso.example"), signed("b@contoso.example")}} {
		r := ask(on, headers...)
		on.do(t, r, http.StatusUnauthorized)
	}
	r = ask(on, signed("ann@contoso.example"))
	var session struct{ Who, Token string }
	parseInto(t, on.do(t, r, http.StatusOK), &session)
	if session.Who != "ann@contoso.example" {
		t.Errorf("who: %q", session.Who)
	}
	for name, status := range map[string]int{"ann@contoso.example": http.StatusOK, "bob@contoso.example": http.StatusForbidden} {
		r, err := http.NewRequest(http.MethodPost, on.URL+"/api/v1/set-status", strings.NewReader(`{"alert":"`+on.one(t, "KV_TORAccess").ID+`","status":"confirmed"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-MS-CLIENT-PRINCIPAL", signed(name))
		r.Header.Set("X-CSRF-Token", session.Token)
		on.do(t, r, status)
	}
}

func parseInto(t testing.TB, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatal(err)
	}
}
