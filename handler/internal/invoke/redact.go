package invoke

import "regexp"

// The ways in which keys and signatures turn up: as parameters of a URL, and as headers or connection strings dumped
// into an error.
var (
	secretParameter = regexp.MustCompile(`(?i)([?&](?:code|sig|key|token|access_token)=)[^&\s"]+`)
	secretField     = regexp.MustCompile(`(?i)((?:x-functions-key|accountkey|sharedaccesskey|sharedaccesssignature)` +
		`"?\s*[=:]\s*\[?"?)[^\s";,\]]+`)
	bearerToken = regexp.MustCompile(`(?i)(\bbearer\s+)[\w.~+/=-]+`)
)

// Redact blanks keys and signatures in text that is about to be logged or answered. It is a net below the rule that
// headers and bodies are not logged at all.
func Redact(s string) string {
	for _, secret := range []*regexp.Regexp{secretParameter, secretField, bearerToken} {
		s = secret.ReplaceAllString(s, "${1}REDACTED")
	}
	return s
}
