// What AWS would answer to the questions our program asks before it declares anything.

/** @throws {Error} for a question outside of those. */
export function answerInvoke(
  token: string,
  args: Record<string, unknown>,
  region: string,
): Record<string, unknown> {
  switch (token) {
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { id: region, names: ['a', 'b', 'c'].map((zone) => `${region}${zone}`) }
    case 'aws:route53/getZone:getZone':
      return { id: 'Z0123456789TWIN', zoneId: 'Z0123456789TWIN', name: args.name }
    case 'aws:ssm/getParameter:getParameter':
      return { id: args.name, name: args.name, insecureValue: 'ami-0123456789abcdef0' }
    default:
      throw new Error(`the twin's cloud does not answer ${token}`)
  }
}
