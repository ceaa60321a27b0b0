"""Chat clients for tests: many slixmpp sessions in one process.

Commands come as one JSON object a line on standard input, events leave the
same way on standard output. Stanzas are sent as the text that the test wrote
and are reported as they came, without slixmpp's JID class, which refuses nicks
that servers allow. Logging in, TLS and the stream itself are slixmpp's.
"""
import asyncio
import json
import sys
import xml.etree.ElementTree as ET

try:
    import slixmpp
except ModuleNotFoundError as missing:
    sys.exit(f"MISSING: {missing}")

CLIENT = "{jabber:client}"
STANZA_ERRORS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
MUC_USER = "{http://jabber.org/protocol/muc#user}"


class Events:
    """Writes events, those of one turn of the loop in one go."""

    def __init__(self, loop):
        self.loop = loop
        self.pending = []

    def emit(self, event, peer=None, **values):
        if not self.pending:
            self.loop.call_soon(self.flush)
        self.pending.append(json.dumps({"event": event, "peer": peer, **values}))

    def flush(self):
        lines, self.pending = self.pending, []
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()


def describe_error(stanza):
    if stanza.get("type") != "error":
        return None
    error = stanza.find(CLIENT + "error")
    if error is None:
        return {}
    description = {"type": error.get("type", "")}
    for child in error:
        if child.tag == STANZA_ERRORS + "text":
            description["text"] = child.text or ""
        elif child.tag.startswith(STANZA_ERRORS):
            description["condition"] = child.tag[len(STANZA_ERRORS):]
    return description


def describe_presence(presence):
    description = {
        "from": presence.get("from", ""),
        "type": presence.get("type", ""),
        "error": describe_error(presence),
    }
    muc = presence.find(MUC_USER + "x")
    if muc is None:
        return description
    description["muc"] = True
    description["statuses"] = [int(s.get("code", 0)) for s in muc.iter(MUC_USER + "status")]
    destroy = muc.find(MUC_USER + "destroy")
    if destroy is not None:
        description["destroyed"] = True
        description["reason"] = destroy.findtext(MUC_USER + "reason", "")
    item = muc.find(MUC_USER + "item")
    if item is not None:
        for name in ("role", "affiliation", "jid"):
            description[name] = item.get(name, "")
        description["new_nick"] = item.get("nick", "")
        if destroy is None:
            description["reason"] = item.findtext(MUC_USER + "reason", "")
        actor = item.find(MUC_USER + "actor")
        if actor is not None:
            description["actor"] = actor.get("nick") or actor.get("jid", "")
    return description


def describe_message(message):
    return {
        "from": message.get("from", ""),
        "type": message.get("type", ""),
        "id": message.get("id", ""),
        "body": message.findtext(CLIENT + "body", ""),
        "subject": message.findtext(CLIENT + "subject", ""),
        "error": describe_error(message),
        "xml": ET.tostring(message, encoding="unicode"),
    }


class Peer(slixmpp.ClientXMPP):
    """One session, which reports all that it receives once it is bound."""

    def __init__(self, events, command):
        super().__init__(command["jid"], command["password"], sasl_mech="PLAIN")
        self.events = events
        self.name = command["peer"]
        self["feature_mechanisms"].unencrypted_plain = True
        self.ca_certs = command.get("ca") or None
        self.default_domain = command["domain"]
        self.ssl_context.check_hostname = self.ca_certs is not None
        self.own_ids = command["peer"] + "-"
        self.ready = False
        self.condition = ""
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_all_auth", lambda _: self.give_up("authentication failed"))
        self.add_event_handler("connection_failed", lambda reason: self.give_up(str(reason)))
        self.add_event_handler("stream_error", self.stream_error)
        self.add_event_handler("disconnected", self.ended)

    async def _pick_dns_answer(self, domain, port=None):
        return None  # The address is given, and a look-up could find ::1 first.

    def started(self, _):
        self.ready = True
        self.events.emit("connected", self.name, jid=str(self.boundjid))

    def stream_error(self, error):
        self.condition = error["condition"]

    def give_up(self, why):
        self.condition = why
        self.cancel_connection_attempt()
        self.ended(None)

    def ended(self, reason):
        if self.name is not None:
            self.events.emit("closed", self.name, reason=self.condition or str(reason or ""))
            self.name = None

    def _spawn_event(self, stanza):
        if self.name is None:
            return
        if self.ready and stanza.tag == CLIENT + "presence":
            self.events.emit("presence", self.name, **describe_presence(stanza))
        elif self.ready and stanza.tag == CLIENT + "message":
            self.events.emit("message", self.name, **describe_message(stanza))
        elif self.ready and stanza.tag == CLIENT + "iq" and stanza.get("id", "").startswith(self.own_ids):
            self.events.emit(
                "iq", self.name, id=stanza.get("id"), type=stanza.get("type", ""),
                error=describe_error(stanza), xml=ET.tostring(stanza, encoding="unicode"),
                **{"from": stanza.get("from", "")})
        else:
            try:
                super()._spawn_event(stanza)
            except slixmpp.InvalidJID as fault:
                # It would end the session, though the stanza is fine.
                self.events.emit("fault", self.name, reason=str(fault))


class Session:
    """Carries out the commands."""

    def __init__(self, loop):
        self.events = Events(loop)
        self.peers = {}

    def connect(self, command):
        peer = Peer(self.events, command)
        self.peers[command["peer"]] = peer
        peer.connect(
            (command["host"], command["port"]),
            use_ssl=command["tls"] == "direct",
            force_starttls=command["tls"] == "starttls",
            disable_starttls=command["tls"] == "none")

    def send(self, command):
        peer = self.peers[command["peer"]]
        try:
            # Prosody 13 holds the rest of a tag that came in pieces back until as
            # much follows (Expat since 2.6).
            padding = " " * max(map(len, command["stanzas"]), default=0)
            peer.send_raw("".join(command["stanzas"]) + padding)
        except slixmpp.xmlstream.xmlstream.NotConnectedError:
            self.events.emit("fault", command["peer"], reason="sent while not connected")

    def disconnect(self, command):
        self.peers[command["peer"]].disconnect()

    def abort(self, command):
        self.peers[command["peer"]].abort()

    def carry_out(self, command):
        {"connect": self.connect, "send": self.send,
         "disconnect": self.disconnect, "abort": self.abort}[command["do"]](command)


async def main():
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(limit=1 << 30)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    session = Session(loop)
    session.events.emit("ready", version=slixmpp.__version__)
    async for line in commands:
        session.carry_out(json.loads(line))


asyncio.run(main())
