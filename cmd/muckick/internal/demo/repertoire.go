package demo

import (
	"strings"

	"muckick/xmpp/mucserver"
)

// repertoire returns the rooms of the demonstration.
func repertoire() []play {
	return []play{
		{
			local:  "snuggery",
			config: mucserver.RoomConfig{Name: "The Snuggery", Subject: "Tea at four. Bob, mind the crumbs.", Description: "Armchairs, a fire, and no hurry", Persistent: true},
			people: []person{
				{nick: "Alice", affiliation: mucserver.AffiliationOwner},
				{nick: "Bob", mood: staysPut},
				{nick: "Carol Ünï", account: "carol"},
				{nick: "Mr Pemberton", affiliation: mucserver.AffiliationMember},
				{nick: "Zoë", account: "zoe"},
				{nick: "teapot"},
				{nick: "Ignatius"},
			},
			lines: []string{
				"Who put the kettle on?",
				"I only had one biscuit. One plate of biscuits.",
				"Could somebody poke the fire?",
				"This chair was made for exactly one cat, and she has it.",
				"Is that rain again?",
				"Page 300 and nobody has been murdered yet.",
				"There are crumbs in places where nobody even sat.",
				"Milk first. I said what I said.",
				"Shh, Mr Pemberton is asleep.",
			},
		},
		{
			local:  "townsquare",
			config: mucserver.RoomConfig{Name: "Town square", Subject: "Market day is Saturday", Description: "Where everybody passes through", Persistent: true},
			people: townspeople(),
			lines: []string{
				"Morning all!",
				"Has anybody seen a brown dog, answers to Biscuit?",
				"The fountain works again.",
				"Two for one on plums until noon.",
				"Who parked the tractor in front of the library?",
				"The bus is late, in case you wondered.",
				"Band practice at seven, bring earplugs.",
				"Biscuit was found! In the bakery, of course.",
			},
		},
		{
			local:  "bazaar",
			config: mucserver.RoomConfig{Name: "Bazaar", Subject: "Swap and sell, no advertising please", Description: "One person's junk", Persistent: true},
			people: []person{
				{nick: "Farida", affiliation: mucserver.AffiliationAdmin},
				{nick: "CHEAP-D3ALS", account: "dealmaster9000", mood: spams},
				{nick: "old_lamps"},
				{nick: "Matteo"},
				{nick: "Ruth"},
				{nick: "bargain hunter"},
				{nick: "Søren", account: "soren"},
			},
			lines: []string{
				"Still have the bicycle, if you can carry it.",
				"Would swap a lamp for a better lamp.",
				"Can a moderator do something about the spam?",
				"Three chairs, four legs each, mostly.",
				"Is the piano really free? What is wrong with it?",
				"Please stop posting those links.",
				"Sold! Thank you, Ruth.",
				"I mute one and the next one comes in.",
			},
		},
		{
			local:  "rubberduck",
			config: mucserver.RoomConfig{Name: "Rubber duck debugging", Subject: "Explain it to the duck first", Description: "It compiles, so what is wrong?", Persistent: true, NonAnonymous: true},
			people: []person{
				{nick: "quack", affiliation: mucserver.AffiliationOwner},
				{nick: "nullpointer"}, {nick: "Grete"}, {nick: "off_by_one"}, {nick: "Tomasz"}, {nick: "heisenbug"}, {nick: "priya"},
			},
			lines: []string{
				"It works when I add a print. It stops when I remove the print.",
				"Have you tried explaining it to the duck?",
				"Never mind, it was a comma.",
				"Who else is on call tonight?",
				"The test passes alone and fails in company.",
				"It is always DNS. Except this time. No, it was DNS.",
				"Let us just rename it and see who complains.",
			},
		},
		{
			local:  "nightowls",
			config: mucserver.RoomConfig{Name: "Night owls", Subject: "It is always late somewhere", Persistent: true},
			people: []person{
				{nick: "ㅋㅋㅋ", account: "minji"}, {nick: "луна", account: "luna"}, {nick: "3am"}, {nick: "Owl of Minerva", affiliation: mucserver.AffiliationAdmin}, {nick: "insomnia_ltd"}, {nick: "🦉", account: "hoot"},
			},
			lines: []string{
				"Anybody else awake?",
				"No. Why?",
				"The moon is absurdly large tonight.",
				"I shall go to bed after this one.",
				"That was two hours ago.",
				"ㅋㅋㅋㅋ",
				"Birds. Oh no, birds.",
			},
		},
		{
			local:  "lecturehall",
			config: mucserver.RoomConfig{Name: "Lecture hall", Subject: "Today: a short history of long queues", Description: "Moderated: visitors listen", Persistent: true, Moderated: true},
			people: []person{
				{nick: "Prof. Okonkwo", account: "okonkwo", affiliation: mucserver.AffiliationOwner},
				{nick: "Teaching assistant", account: "ta", affiliation: mucserver.AffiliationMember},
				{nick: "first row"}, {nick: "Lena"}, {nick: "asleep"}, {nick: "Jun"}, {nick: "is this on the exam"},
			},
			lines: []string{
				"Please save your questions for the end.",
				"The next slide has the only joke.",
				"As we saw last week, queues grow.",
				"This will not be on the exam.",
				"Can you hear me in the back?",
			},
		},
		{
			local:  "allotments",
			config: mucserver.RoomConfig{Name: "Allotment association", Subject: "Whoever has the big wheelbarrow: bring it back", Persistent: true},
			people: []person{
				{nick: "Marjorie", affiliation: mucserver.AffiliationOwner}, {nick: "Plot 7"}, {nick: "slugs_beware"}, {nick: "Hassan"}, {nick: "compost king"}, {nick: "Plot 12"},
			},
			lines: []string{
				"The courgettes have won again.",
				"Free courgettes by the gate. Please. Please take them.",
				"Somebody watered Plot 7 by mistake. It liked it.",
				"Slugs: 14, me: 0.",
				"Has nobody seen the big wheelbarrow?",
				"Frost on Thursday, cover your beans.",
			},
		},
		{
			local:  "chess",
			config: mucserver.RoomConfig{Name: "Chess, slowly", Subject: "White to move since Tuesday", Persistent: true},
			people: []person{
				{nick: "Bishop"}, {nick: "en_passant"}, {nick: "Dorothea"}, {nick: "zugzwang", affiliation: mucserver.AffiliationAdmin}, {nick: "Pawn to e4"},
			},
			lines: []string{
				"I am thinking.",
				"Still thinking.",
				"Touch-move does not count online.",
				"That was not a blunder, it was a sacrifice.",
				"Draw?",
				"No.",
			},
		},
		{
			local:  "backstage",
			config: mucserver.RoomConfig{Name: "Backstage", Subject: "Not listed: only who knows the address finds it", Persistent: true, Hidden: true, MembersOnly: true},
			people: []person{
				{nick: "Stage manager", account: "stagemanager", affiliation: mucserver.AffiliationOwner}, {nick: "Prompter", affiliation: mucserver.AffiliationMember}, {nick: "Understudy", affiliation: mucserver.AffiliationMember},
			},
			lines: []string{
				"Five minutes.",
				"Where is the other boot?",
				"Break a leg. Not that one.",
			},
		},
	}
}

// townspeople returns enough people to search among them.
func townspeople() (people []person) {
	for name := range strings.FieldsSeq(names) {
		people = append(people, person{nick: name})
	}
	people[0].affiliation = mucserver.AffiliationOwner
	people[1].affiliation = mucserver.AffiliationMember
	return people
}

const names = "Ada Amir Anouk Bela Birgit Bruno Chidi Clara Cosmo Dalia Dimitri Dora Edgar Elif Emeka Enzo " +
	"Fatima Felix Flora Gaspard Gemma Goran Hana Hector Hilde Ibrahim Ines Ivo Jamila Jasper Joana Kaito " +
	"Kamala Karl Layla Leopold Lucia Magnus Malia Mikko Nadia Nils Noor Oskar Otilia Pavel Petra Quentin " +
	"Rafael Rosa Runa Samir Sigrid Stefan Tamar Tariq Thea Ulla Umar Vera Viktor Wanda Wim Xenia Yara Yusuf Zelda"

// What a spammer says, and calls itself.
var (
	spamLines = []string{
		"!!! REAL WATCHES !!! 90% OFF !!! http://watches.spam.example !!!",
		"hi friend you won a PRIZE, write me in private",
		"FOLLOWERS for YOUR account, cheap and fast >>> http://followers.spam.example",
		"earn 5000 a day from home, ask me how",
		"BUY NOW BUY NOW BUY NOW BUY NOW",
	}
	spamNicks = []string{"CHEAP-D3ALS", "cheap.deals.2", "Deals_Official", "totally not deals", "D E A L S"}
)
