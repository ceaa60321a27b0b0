"""Logs in with SCRAM, enters a room, speaks, and prints how it is removed.

Every event is one line of JSON on standard output:
    {"event": "joined"}, {"event": "spoke"}, {"event": "removed", ...}
Arguments: host, port, full JID, password, room, nickname.
"""

import json
import sys

import slixmpp

# Libraries print too: only the events go to standard output.
EVENTS = sys.stdout
sys.stdout = sys.stderr


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, room, nick):
        super().__init__(jid, password, sasl_mech="SCRAM-SHA-1")
        self.room = room
        self.nick = nick
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0045")
        self.register_plugin("xep_0199")
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_auth", self.fail)
        self.add_event_handler("groupchat_presence", self.presence)
        self.add_event_handler("groupchat_message", self.message)

    def say(self, event, **details):
        print(json.dumps({"event": event, **details}), file=EVENTS, flush=True)

    def fail(self, _):
        self.say("failed")
        self.disconnect()

    async def start(self, _):
        self.send_presence()
        await self.get_roster()
        info = await self["xep_0030"].get_info(jid=self.room)
        self.say("info", features=sorted(info["disco_info"]["features"]))
        self["xep_0045"].join_muc(self.room, self.nick)

    def presence(self, presence):
        if presence["from"].resource != self.nick:
            return
        codes = sorted(presence["muc"]["status_codes"])
        if presence["type"] != "unavailable":
            self.say("joined", codes=codes)
            self.send_message(mto=self.room, mbody="Hello & <welcome>", mtype="groupchat")
            return
        item = presence.xml.find(".//{http://jabber.org/protocol/muc#user}item")
        reason = item.find("{http://jabber.org/protocol/muc#user}reason")
        self.say("removed", codes=codes, role=item.get("role"), reason=reason.text)
        self.disconnect()

    def message(self, message):
        if message["from"].resource == self.nick:
            self.say("spoke", body=message["body"])


def main():
    host, port, jid, password, room, nick = sys.argv[1:]
    client = Client(jid, password, room, nick)
    client.connect((host, int(port)), use_ssl=False, force_starttls=False, disable_starttls=True)
    client.process(forever=False)


main()
