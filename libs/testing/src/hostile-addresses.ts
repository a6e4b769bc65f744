/** Spellings of addresses that no subscriber may have: for the proofs of the guard against our own networks. */

/** Hosts that are loopback, spelled in every way that a URL parser takes. */
const LOOPBACK = [
  ...['127.0.0.1', '127.0.0.2', '127.255.255.254', '127.1', '127.0.1', '127.000.000.001', '127.0.0.01', '127.16777215'],
  ...[
    '0177.0.0.1',
    '0177.0.0.01',
    '0177.1',
    '0177.0.1',
    '00177.0.0.1',
    '0000177.0.0.1',
    '017700000001',
    '0017700000001',
  ],
  ...['0x7f.0.0.1', '0x7f.0x0.0x0.0x1', '0X7F.0.0.1', '0x7F.1', '0x7f.0.1', '0x007f.0.0.0x01', '0x7f000001'],
  ...['0x7F000001', '0x00000000007f000001', '2130706433', '0177.0x0.0.1', '127.0x0.01', '0x7f.0.00.1', '127.0.0x0.0x1'],
  ...['127.0.0.1.', '127.1.', '2130706433.', '0x7f000001.', '017700000001.'],
];

/** The whole network 0.0.0.0/8: "this host". */
const UNSPECIFIED = [
  '0',
  '0.0.0.0',
  '0x0',
  '00',
  '0.0',
  '0000.0000.0000.0000',
  '0x0.0x0.0x0.0x0',
  '0.0.0.1',
  '0.1.2.3',
];

const PRIVATE = [
  ...['10.0.0.1', '10.255.255.255', '10.1', '10.0.1', '012.0.0.1', '0xa.0.0.1', '0x0a000001', '167772161'],
  ...['01200000001', '0xa.1', '10.0x0.0.1', '10.0.0.1.'],
  ...['172.16.0.1', '172.31.255.254', '172.16.1', '0xac.0x10.0.1', '0254.020.0.1', '2886729729', '0xac100001'],
  ...['192.168.0.1', '192.168.1', '192.168.257', '0300.0250.0.1', '0xc0.0xa8.0.1', '0xc0a80001', '3232235521'],
  ...['030052000001', '025404000001'],
];

/** Metadata services of clouds and link-local neighbours. 168.63.129.16 is Azure's, on an address of the public space. */
const METADATA = [
  ...['169.254.169.254', '169.254.0.1', '169.254.43518', '169.16689662', '0251.0376.0251.0376', '0xa9.0xfe.0xa9.0xfe'],
  ...['0xa9fea9fe', '2852039166', '025177524776', '169.0376.0xa9.254', '169.254.170.2', '169.254.169.254.'],
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16', '0xa83f8110', '2822734096'],
  ...['[fd00:ec2::254]', '[fd20:ce::254]', '[fe80::a9fe:a9fe]'],
];

/** Carrier-grade NAT, documentation, benchmarks, multicast, broadcast, reserved. */
const SPECIAL = [
  ...['100.64.0.1', '100.127.255.254', '0144.0100.0.1', '1681915905', '0x64400001'],
  ...['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.19.255.254', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...['224.0.0.1', '239.255.255.250', '0340.0.0.1', '240.0.0.1', '250.1.2.3'],
  ...['255.255.255.255', '255.255.255.254', '4294967295', '0xffffffff', '037777777777'],
];

const IPV6 = [
  ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[0000:0000:0000:0000:0000:0000:0000:0001]', '[0::1]', '[::0001]'],
  ...['[::0.0.0.1]', '[0:0:0:0:0:0:0:0]', '[::2]', '[fe80::1]', '[febf::1]', '[fec0::1]', '[fc00::1]', '[fd00::1]'],
  ...['[fd12:3456:789a::1]', '[fdff:ffff::1]', '[ff02::1]', '[ff05::2]', '[ff0e::1]', '[100::1]', '[2001:db8::1]'],
  ...['[2001:2::1]', '[2001:10::1]', '[2001:20::1]', '[3fff::1]', '[4000::1]', '[5f00::1]'],
];

/** IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP. */
const EMBEDDED = [
  ...[
    '[::ffff:127.0.0.1]',
    '[::FFFF:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:7f00:0001]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
  ],
  ...['[0:0:0:0:0:ffff:7f00:1]', '[0000:0000:0000:0000:0000:ffff:7f00:0001]', '[::ffff:0:127.0.0.1]'],
  ...['[::ffff:0:7f00:1]', '[::127.0.0.1]', '[::7f00:1]', '[::ffff:10.0.0.1]', '[::ffff:a00:1]', '[::ffff:c0a8:1]'],
  ...['[::ffff:192.168.0.1]', '[::ffff:172.16.0.1]', '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]'],
  ...['[::ffff:100.64.0.1]', '[::ffff:0.0.0.0]', '[::ffff:168.63.129.16]', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]'],
  ...['[64:ff9b::10.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2002:7f00:1::1]'],
  ...['[2002:a00:1::]', '[2002:a9fe:a9fe::]', '[2002:c0a8:1::1]', '[2001::1]', '[2001:0:7f00:1::]'],
  ...['[2001:0:4136:e378:8000:63bf:80ff:fffe]', '[2001:0:4136:e378:8000:63bf:f5ff:fffe]'],
  ...['[2606:2800:220:1:0:5efe:7f00:1]', '[2606:2800:220:1:200:5efe:10.0.0.1]'],
];

/** Other digits, other dots and escapes, which a URL parser turns into the plain ones. */
const OTHER_SCRIPTS = [
  ...['１２７.０.０.１', '１２７。０。０。１', '127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '①②⑦.⓪.⓪.①', '𝟏𝟐𝟕.𝟎.𝟎.𝟏'],
  ...['０ｘ７ｆ.１', '0ｘ7f000001', '２１３０７０６４３３', '¹²⁷.0.0.1', '%31%32%37.0.0.1', '127%2e0%2e0%2e1'],
  ...['%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1', '１０.０.０.１', '①⑥⑨.②⑤④.①⑥⑨.②⑤④', '127.0.0.\u00AD1', '127.0.0.1\u3002'],
];

/** Names that are loopback by definition (RFC 6761 §6.3). */
const LOCALHOST = [
  ...[
    'localhost',
    'LOCALHOST',
    'LocalHost',
    'localhost.',
    '%6cocalhost',
    'loc%61lhost',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'ｌｏｃａｌｈｏｓｔ',
  ],
  ...['local\u00ADhost', 'shop.localhost', 'a.b.localhost.', 'localhost。'],
];

/** Whole texts; `{port}` stands for a port on which somebody listens. */
const TEXTS = [
  ...['https://example.com@127.0.0.1:{port}/', 'https://user:pass@127.0.0.1:{port}/', 'https://127.0.0.1@example.com/'],
  ...['https://example.com:443@127.0.0.1:{port}/', 'https://@127.0.0.1:{port}/', 'https://:@127.0.0.1:{port}/'],
  ...['https://%40@127.0.0.1:{port}/', 'https://example.com%40127.0.0.1:{port}/', 'https://user@localhost:{port}/'],
  ...['https://127.0.0.1:{port}\\@example.com/', 'https:\\\\127.0.0.1:{port}\\hook', 'https:/127.0.0.1:{port}/'],
  ...[
    'https:127.0.0.1:{port}/',
    'https:///127.0.0.1:{port}/',
    'https:////127.0.0.1:{port}/',
    'https:/\\127.0.0.1:{port}/',
  ],
  ...['https://127.0.0.1:{port}#@example.com/', 'https://127.0.0.1:{port}?@example.com/', 'https://127.0.0.1:0{port}/'],
  ...['https://127.0.0.1:{port}/..;/@example.com', 'https://127.0.0.1 :{port}/', 'https://127.0.0.1:{port}:443/'],
  ...[
    '  https://127.0.0.1:{port}/ ',
    'ht\ntps://127.0.0.1:{port}/',
    'https://127.0.\t0.1:{port}/',
    '\u0000https://127.0.0.1/',
  ],
  ...['https://[fe80::1%25eth0]:{port}/', 'https://[fe80::1%eth0]:{port}/', 'https://[::1%25lo]:{port}/'],
  ...[
    'https://[::1%lo]:{port}/',
    'https://[::ffff:127.0.0.1:{port}/',
    'https://::1:{port}/',
    'https://[127.0.0.1]:{port}/',
  ],
  ...['http://127.0.0.1:{port}/', 'http://[::1]:{port}/', 'http://localhost:{port}/', 'http://93.184.216.34:{port}/'],
  ...[
    'http://[2606:2800:220:1::1]:{port}/',
    'HTTP://127.0.0.1:{port}/',
    'ftp://127.0.0.1:{port}/',
    'file:///etc/passwd',
  ],
  ...['gopher://127.0.0.1:{port}/_x', 'ws://127.0.0.1:{port}/', 'wss://127.0.0.1:{port}/', 'unix:/var/run/docker.sock'],
  ...[
    'http+unix://%2Fvar%2Frun%2Fdocker.sock/x',
    'data:text/plain,x',
    'javascript:alert(1)',
    'dict://127.0.0.1:{port}/',
  ],
  ...['ldap://127.0.0.1:{port}/', 'jar:https://127.0.0.1:{port}!/', 'blob:https://127.0.0.1:{port}/x', 'about:blank'],
  ...[
    '//127.0.0.1:{port}/',
    '127.0.0.1:{port}',
    '',
    'https://',
    'https://:{port}/',
    'https://256.0.0.1/',
    'https://1.2.3.4.5/',
  ],
];

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  loopback: LOOPBACK,
  unspecified: UNSPECIFIED,
  private: PRIVATE,
  metadata: METADATA,
  special: SPECIAL,
  ipv6: IPV6,
  embedded: EMBEDDED,
  'other scripts': OTHER_SCRIPTS,
  localhost: LOCALHOST,
};

export interface HostileUrl {
  readonly group: string;
  readonly url: string;
}

/** Each spelling once, on a port on which the test listens. None may be stored, and none may ever be called. */
export const hostileUrls = (port: number): HostileUrl[] => [
  ...Object.entries(GROUPS).flatMap(([group, hosts]) =>
    hosts.map((host) => ({ group, url: `https://${host}:${port}/hook` })),
  ),
  ...TEXTS.map((text) => ({ group: 'text', url: text.replaceAll('{port}', String(port)) })),
];

/** What names can be made to answer: at least one address of each list is one that must not be reached. */
export const HOSTILE_ANSWERS: Readonly<Record<string, readonly string[]>> = {
  'metadata.google.internal': ['169.254.169.254'],
  'metadata.azure.internal': ['168.63.129.16'],
  'instance-data.ec2.internal': ['fd00:ec2::254'],
  'localtest.example': ['127.0.0.1'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
  'loopback-v6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'kubernetes.default.svc': ['10.96.0.1'],
  'printer.local': ['169.254.7.7'],
  'zone.example': ['fe80::1%lo'],
  'last-is-private.example': ['93.184.216.34', '127.0.0.1'],
  'aaaa-is-private.example': ['93.184.216.34', '::1'],
  'a-is-private.example': ['2606:2800:220:1::1', '127.0.0.1'],
  'unspecified.example': ['0.0.0.0'],
  'nothing.example': [],
  'no-address.example': ['not an address'],
};
