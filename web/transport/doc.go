// Package transport is what lies between the network and the handlers: the
// connections that are taken at all, how long they may do nothing, which requests
// reach a handler, when their bodies are read, and how long answers are written.
//
// It also holds what fasthttp makes necessary, because fasthttp
//
//   - repeats a request that it cannot parse, secrets included, in the error that
//     fiber would send back ([Options] and the error handler of [Harden]);
//   - takes a request with both Content-Length and Transfer-Encoding, any version of
//     HTTP, and headers that go on in the next line (framing.go);
//   - reserves memory for as much of a body as its head promises, unless bodies
//     are streams; and then reads them without a limit as soon as anything asks
//     for a field of a form (body.go);
//   - waits for the first byte of a body, or asks for it, before a handler can refuse
//     its sender (withhold in body.go);
//   - has a timeout for a whole answer only, which streams exceed (conn.go);
//   - closes a connection with an unread body so that the client loses the answer
//     (linger in conn.go);
//   - runs the writers of streamed answers where no handler can recover their
//     panics, and writes an end of a body after answers to HEAD (stream.go).
package transport
