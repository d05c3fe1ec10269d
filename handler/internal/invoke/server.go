package invoke

import (
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Defaults of Config. A full batch of the largest events an event hub takes, host.json's maxEventBatchSize × 1 MiB in
// base64, stays below DefaultMaxBody; host.json's functionTimeout, at which the host kills the handler with everything
// that is in flight, stays above DefaultTimeout. A test holds both.
const (
	DefaultMaxBody = 64 << 20
	DefaultTimeout = 4 * time.Minute
	DefaultPrefix  = "/api/"
)

// Limits of the HTTP server. There is no write timeout, since an invocation may take as long as Config.Timeout says.
const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 10 * time.Minute
	maxHeaderBytes    = 256 << 10
)

// PortSetting is the variable in which the host tells the handler where to listen.
const PortSetting = "FUNCTIONS_CUSTOMHANDLER_PORT"

// Config says what a handler serves. Only Routes is required.
type Config struct {
	Routes  Routes
	Reject  RejectFunc     // sets undecodable batches aside; without it they fail, and the host repeats them for ever
	Prefix  string         // where forwarded HTTP requests arrive; DefaultPrefix if empty
	MaxBody int64          // bytes; DefaultMaxBody if zero
	Timeout time.Duration  // of one invocation; DefaultTimeout if zero
	Log     zerolog.Logger // one line an invocation; give it stdout, the host takes stderr for errors
}

// NewServer returns a server for the port the host asks for, on the IPv4 loopback, which is where the host dials. The
// port is the value of PortSetting. Serving and closing are the caller's. It fails on a bad port or bad routes.
func NewServer(port string, c Config) (*http.Server, error) {
	n, err := strconv.ParseUint(port, 10, 16)
	if port == "" {
		return nil, fmt.Errorf("%s is not set: the Functions host sets it when it starts the handler (func start); "+
			"to try the server alone, set it to a free port", PortSetting)
	}
	if err != nil || n == 0 {
		return nil, fmt.Errorf("%s is %q: want a port number from 1 to 65535", PortSetting, port)
	}
	handler, err := NewHandler(c)
	if err != nil {
		return nil, err
	}
	return &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", strconv.FormatUint(n, 10)),
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          stdlog.New(c.Log.With().Str("from", "http server").Logger(), "", 0),
	}, nil
}

// PortFromEnvironment reads the port with the given lookup, usually os.Getenv; hosts before 2021 used another name.
func PortFromEnvironment(getenv func(string) string) string {
	if port := getenv(PortSetting); port != "" {
		return port
	}
	return getenv("FUNCTIONS_HTTPWORKER_PORT")
}

// NewHandler returns the handler of everything the host sends: its readiness probe, invocations, forwarded requests.
// It fails when the routes contradict themselves.
func NewHandler(c Config) (http.Handler, error) {
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	s := &server{Config: c}
	for name, route := range c.Routes {
		if err := checkRoute(name, route); err != nil {
			return nil, err
		}
		if route.HTTP == nil {
			continue
		}
		if s.web != nil {
			return nil, fmt.Errorf("routes %s and %s are both HTTP: a forwarded request does not say whose it is", s.webName, name)
		}
		s.web, s.webName = route.HTTP, name
	}
	if !strings.HasPrefix(c.Prefix, "/") || !strings.HasSuffix(c.Prefix, "/") || c.Prefix == "/" {
		// With an empty prefix outsiders could reach the invocation routes through the forwarded paths.
		return nil, fmt.Errorf("prefix %q: want one like %q", c.Prefix, DefaultPrefix)
	}
	return s, nil
}

func checkRoute(name string, r Route) error {
	set := 0
	for _, is := range []bool{r.Events != nil, r.Timer != nil, r.HTTP != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("route %s has %d handlers: want exactly one of Events, Timer and HTTP", name, set)
	}
	if name == "" || strings.ContainsAny(name, "/ ") {
		return errors.New("a route's name is not the name of a function's folder: " + strconv.Quote(name))
	}
	return nil
}

// StdoutLogger returns the logger a handler wants: JSON lines with a time, on stdout.
func StdoutLogger() zerolog.Logger { return zerolog.New(os.Stdout).With().Timestamp().Logger() }
