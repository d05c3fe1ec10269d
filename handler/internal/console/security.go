package console

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// Access says who may look and how they are known.
type Access struct {
	// EasyAuth: the platform signs people in before the host (WEBSITE_AUTH_ENABLED is True). Only then is the header
	// that names them believed, and then nobody gets in without.
	EasyAuth bool
	// Hosts are the names under which the console may be asked for, without port; nil means any. On a laptop they are
	// Local, so that no web page can reach it through a name of its own that resolves to 127.0.0.1.
	Hosts []string
	// Anonymous names whoever acts where nobody is signed in: "somebody with a function key", "the user of this computer".
	Anonymous string
}

// Local are the host names of a console on a laptop.
func Local() []string { return []string{"127.0.0.1", "localhost", "::1"} }

func (a Access) checkHost(host string) error {
	if a.Hosts == nil {
		return nil
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if !slices.Contains(a.Hosts, strings.ToLower(name)) {
		return refuse(http.StatusMisdirectedRequest, "This console answers to "+strings.Join(a.Hosts, ", ")+" only. Open it under one of these names.")
	}
	return nil
}

// Easy Auth puts who is signed in into this header. A host passes it on from clients as well, if Easy Auth is off.
const principalHeader = "X-Ms-Client-Principal"

// identify names the visitor.
func (a Access) identify(h http.Header) (string, error) {
	if !a.EasyAuth {
		if a.Anonymous == "" {
			return "somebody without a name", nil
		}
		return a.Anonymous, nil
	}
	nobody := refuse(http.StatusUnauthorized, "Nobody is signed in. Ask whoever runs this Function App to set its authentication to \"require authentication\".")
	values := h.Values(principalHeader)
	if len(values) != 1 {
		return "", nobody
	}
	data, err := base64.StdEncoding.DecodeString(values[0])
	if err != nil {
		return "", nobody
	}
	var p struct {
		NameType string `json:"name_typ"`
		Claims   []struct{ Typ, Val string }
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return "", nobody
	}
	for _, want := range []string{p.NameType, "preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "name", "http://schemas.microsoft.com/identity/claims/objectidentifier", "appid", "azp"} {
		for _, claim := range p.Claims {
			if want != "" && claim.Typ == want && claim.Val != "" {
				return claim.Val[:min(len(claim.Val), 256)], nil
			}
		}
	}
	return "", nobody
}

// secure sets the headers of every answer.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // the address may hold a function key
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// tokenLife is for how long a form may be filled in.
const tokenLife = 12 * time.Hour

// token is a form token: until when it holds, signed together with whom it was made for.
func token(secret []byte, who string, until time.Time) string {
	stamp := strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(stamp + "\n" + who))
	return stamp + "." + hex.EncodeToString(mac.Sum(nil))
}

func validToken(secret []byte, who, given string, now time.Time) bool {
	stamp, _, _ := strings.Cut(given, ".")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	until := time.Unix(seconds, 0)
	if err != nil || len(secret) == 0 || now.After(until) || until.Sub(now) > tokenLife+time.Minute {
		return false
	}
	return hmac.Equal([]byte(given), []byte(token(secret, who, until)))
}

// checkChange lets a change through only if it comes from one of our own forms, or from a program that asked for a
// token, on behalf of the very visitor the token was made for.
func (v *visit) checkChange() error {
	if v.console.Store == nil {
		return refuse(http.StatusForbidden, "This console only shows; it has no store to write to.")
	}
	if err := http.NewCrossOriginProtection().Check(v.Request); err != nil {
		return refuse(http.StatusForbidden, "The change was asked for by another site, so it was not made.")
	}
	given := v.Header.Get("X-Csrf-Token")
	if !v.api {
		given = v.PostFormValue("token")
	}
	k, err := v.read()
	if err != nil {
		return err
	}
	if !validToken(k.book.Secret, v.who, given, v.now) {
		return refuse(http.StatusForbidden, "The form is older than 12 hours or was made for somebody else. Go back, load the page again, and repeat.")
	}
	return nil
}

// token is one for the visitor, empty where nothing can be changed.
func (v *visit) token() (string, error) {
	if v.console.Store == nil {
		return "", nil
	}
	k, err := v.read()
	if err != nil {
		return "", err
	}
	if len(k.book.Secret) == 0 {
		if k.book.Secret, err = triage.Secret(v.ctx(), v.console.Store); err != nil {
			return "", err
		}
	}
	return token(k.book.Secret, v.who, v.now.Add(tokenLife)), nil
}
