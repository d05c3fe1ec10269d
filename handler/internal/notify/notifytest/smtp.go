package notifytest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Stage is a point of a mail's delivery at which a mail server can say no.
type Stage string

// The stages.
const (
	AtLogin     Stage = "login"
	AtSender    Stage = "sender"
	AtRecipient Stage = "recipient"
	AtEnd       Stage = "end of data"
)

// MailServer is a real mail server on this machine, with STARTTLS or TLS and one user.
type MailServer struct {
	Host           string
	Port           int
	User, Password string
	// Trust is the TLS configuration of a client that trusts the server.
	Trust   *tls.Config
	Arrived chan struct{}

	mutex sync.Mutex
	mood  Mood
	stage Stage
	code  int
	mails []string
	quit  chan struct{}
}

// StartMail starts a mail server; implicit is for TLS from the first byte.
func StartMail(t *testing.T, implicit bool) *MailServer {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // its certificate names 127.0.0.1
	defer certified.Close()
	trust := x509.NewCertPool()
	trust.AddCert(certified.Certificate())
	s := &MailServer{
		Host: "127.0.0.1", User: "watch", Password: "pass-w0rd/secret", Trust: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12},
		Arrived: make(chan struct{}, 10), quit: make(chan struct{}),
	}
	settings := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s.Port = listener.Addr().(*net.TCPAddr).Port
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
	server.TLSConfig, server.Domain = settings, "mail.example"
	server.ErrorLog = quiet{}
	if implicit {
		server.TLSConfig = nil
		listener = tls.NewListener(listener, settings)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		close(s.quit)
		// The listener too: a server that had no time to begin serving does not know of it yet.
		if err := errors.Join(server.Close(), ignoreClosed(listener.Close())); err != nil {
			t.Errorf("close mail server: %v", err)
		}
		<-done
	})
	return s
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// quiet drops what the server logs about connections that tests cut.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// SetMood changes how later deliveries are treated.
func (s *MailServer) SetMood(m Mood) {
	code := map[Mood]int{Busy: 451, Refusing: 554}[m]
	s.Answer(AtEnd, code)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.mood = m
}

// Answer makes the server give a code at a stage, 0 for none.
func (s *MailServer) Answer(stage Stage, code int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.mood, s.stage, s.code = Friendly, stage, code
}

// Mails are the accepted mails as they came over the wire.
func (s *MailServer) Mails() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.mails...)
}

func (s *MailServer) verdict(stage Stage) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.code == 0 || s.stage != stage {
		return nil
	}
	return &smtp.SMTPError{Code: s.code, EnhancedCode: smtp.EnhancedCode{s.code / 100, 0, 0}, Message: "told to say so; password was " + s.Password}
}

type session struct {
	server *MailServer
	conn   *smtp.Conn
}

var _ smtp.AuthSession = (*session)(nil)

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if err := s.server.verdict(AtLogin); err != nil {
			return err
		}
		if user != s.server.User || password != s.server.Password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return s.server.verdict(AtSender) }
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.server.verdict(AtRecipient) }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mutex.Lock()
	mood := s.server.mood
	s.server.mutex.Unlock()
	switch mood {
	case HangingUp:
		return errors.Join(errors.New("hung up"), s.conn.Conn().Close())
	case Silent:
		s.server.Arrived <- struct{}{}
		<-s.server.quit
		return errors.New("over")
	}
	if err := s.server.verdict(AtEnd); err != nil {
		return err
	}
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.mails = append(s.server.mails, strings.ReplaceAll(string(body), "\r\n", "\n"))
	return nil
}
