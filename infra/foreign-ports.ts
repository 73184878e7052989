// Ports of others that our rules name. Ports of our own processes are in runtime/ports.ts and nowhere else.

export const FOREIGN_PORTS = {
  /** Where central's load balancer ends TLS; also every outside API and registry we call. */
  https: 443,
  postgres: 5432,
  dns: 53,
} as const
