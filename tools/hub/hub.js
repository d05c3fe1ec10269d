// A stand-in for one event hub, for tests: it takes any token, accepts every event and writes it to standard output as a
// line of JSON {id, type, properties, body}. The first line is the port. Whoever writes a line to standard input gets an
// empty one behind all events taken until then. It ends when its standard input does.
//
// It refuses to be a broker: nothing is kept and nobody can read from it. Plain AMQP, since whoever connects chooses the
// connection.
const rhea = require("rhea");

const hub = rhea.create_container();
hub.sasl_server_mechanisms.enable_anonymous();

const say = (line) => process.stdout.write(line + "\n");
process.stdin.on("data", () => say("")).on("end", () => process.exit());

// What comes to $cbs is a token; the answer goes out by the link that this connection reads $cbs from.
function authorise(connection, request) {
  connection.answers.send({
    correlation_id: request.message_id,
    to: request.reply_to,
    application_properties: { "status-code": rhea.types.wrap_int(202), "status-description": "Accepted" },
  });
}

// A batch comes as it is, in Microsoft's own message format: whole encoded events as its data sections.
function take(batch) {
  for (const section of [rhea.message.decode(batch).body.content].flat()) {
    const event = rhea.message.decode(section);
    say(JSON.stringify({
      id: event.message_id,
      type: event.content_type,
      properties: event.application_properties,
      body: event.body.content.toString("utf8"),
    }));
  }
}

// A link whose other end stays unnamed counts as refused.
hub.on("sender_open", (at) => {
  at.sender.set_source({ address: at.sender.source.address });
  at.connection.answers = at.sender;
});
hub.on("receiver_open", (at) => at.receiver.set_target({ address: at.receiver.target.address }));
hub.on("message", (at) => {
  if (at.receiver.target.address === "$cbs") authorise(at.connection, at.message);
  else take(at.message);
});
hub.on("disconnected", () => {}); // clients may leave as they like

const settled = 1; // the way the SDK for Go wants its answers
const server = hub.listen({
  host: "127.0.0.1",
  port: 0,
  sender_options: { snd_settle_mode: settled },
  receiver_options: { max_message_size: 1 << 20 },
});
server.on("listening", () => say(String(server.address().port)));
