// A real OpenID Connect provider on this machine, for the tests that start it. It
// prints its issuer, and reads lines of JSON: the first registers the client, and
// each has the accounts that there are from then on, by name, with their claims.
// Whoever knows an account's name signs in as it. It ends with its input.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

let accounts = {};
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  process.stdout.write(`${issuer}\n`);
  const lines = createInterface({ input: process.stdin });
  let provider;
  lines.on("line", (line) => {
    const told = JSON.parse(line);
    accounts = told.accounts;
    if (!provider) {
      provider = newProvider(issuer, told.client);
      server.on("request", provider.callback());
    }
    process.stdout.write("ready\n");
  });
  lines.on("close", () => process.exit());
});

function newProvider(issuer, client) {
  return new Provider(issuer, {
    clients: [client],
    claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
    scopes: ["openid", "profile", "groups"],
    cookies: { keys: ["a key of tests alone"] },
    pkce: { required: () => true },
    findAccount: (_, name) =>
      accounts[name] && { accountId: name, claims: () => ({ sub: name, ...accounts[name] }) },
  });
}
