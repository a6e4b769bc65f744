import { createServer } from 'node:http';

/**
 * Plays whoever is called: a subscriber of webhooks, and a vendor of e-invoices that speaks as much of VNPAY's format as
 * issuing needs. It remembers nothing and answers at once, or after `POST /delay/<ms>`.
 */
const [port = '0'] = process.argv.slice(2);
let delayMs = 0;
let number = 0;

const issued = (body) => {
  const { requestId } = JSON.parse(body).invoice;
  return {
    requestId,
    invoiceNumber: String((number += 1)),
    taxAuthorityCode: `CQT-${number}`,
    lookupCode: `L${number}`,
  };
};

const answerTo = (url, body) => {
  if (url === '/user/client/token') return { accessToken: 'of the benchmark' };
  return url.startsWith('/api/v6/') ? issued(body) : {};
};

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { url = '' } = request;
    const [, set] = /^\/delay\/(\d+)$/.exec(url) ?? [];
    if (set !== undefined) delayMs = Number(set);
    const say = () => {
      const data = answerTo(url, Buffer.concat(chunks).toString());
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ code: '00', message: 'Success', data }));
    };
    if (delayMs > 0 && url.startsWith('/api/')) setTimeout(say, delayMs);
    else say();
  });
}).listen(Number(port), '127.0.0.1');
