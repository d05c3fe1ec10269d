package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// SignatureHeader holds "t=<Unix seconds>,v1=<hex HMAC-SHA256>"; the signed text is the time, a dot and the body.
	SignatureHeader = "Vaultwatch-Signature"
	// MessageHeader holds the message's id, the same for a repeated delivery.
	MessageHeader = "Vaultwatch-Message"
)

// Sign is the value of SignatureHeader for a body sent at a time. The time is signed too, so that a recorded request
// cannot be played again later.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(digest(secret, t, body))
}

// Verify checks a received SignatureHeader against the body. It refuses a wrong signature, and one made further from now than
// its window allows.
func Verify(secret, header string, body []byte, when Window) error {
	t, signature, ok := strings.Cut(header, ",v1=")
	t, isTime := strings.CutPrefix(t, "t=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	got, hexErr := hex.DecodeString(signature)
	if !ok || !isTime || err != nil || hexErr != nil {
		return fmt.Errorf("%s must look like t=<Unix seconds>,v1=<hex>", SignatureHeader)
	}
	if !hmac.Equal(got, digest(secret, t, body)) {
		return errors.New("signature does not match: is the secret the same on both sides, and is the body untouched?")
	}
	if age := when.Now.Sub(time.Unix(seconds, 0)).Abs(); age > when.Tolerance {
		return fmt.Errorf("signature is %s away from this clock, allowed is %s", age, when.Tolerance)
	}
	return nil
}

// Window is the time at which a signature is checked, and how far its own may be away.
type Window struct {
	Now       time.Time
	Tolerance time.Duration
}

func digest(secret, t string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + "."))
	h.Write(body)
	return h.Sum(nil)
}
