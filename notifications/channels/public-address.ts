import { BlockList, isIP } from 'node:net';

/**
 * Special-purpose addresses of the IANA registries (RFC 6890 and its successors): this machine, private networks,
 * link-local and metadata services, documentation, benchmarks, multicast, and every form that carries an IPv4 address
 * inside an IPv6 one, since what is inside is decided by a gateway.
 */
const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const four = new BlockList();
for (const [network, bits] of NOT_PUBLIC_4) four.addSubnet(network, bits, 'ipv4');
const six = new BlockList();
for (const [network, bits] of NOT_PUBLIC_6) six.addSubnet(network, bits, 'ipv6');

/** Whether an address, as a resolver or a socket writes it, belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/u, '');
  switch (isIP(bare)) {
    case 4:
      return !four.check(bare, 'ipv4');
    case 6:
      return !six.check(bare, 'ipv6');
    default:
      return false;
  }
}
