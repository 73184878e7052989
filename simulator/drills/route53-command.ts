// The command that changes a PoP's address in Route 53, as a person types it.

export interface RecordChange {
  /** The PoP's public name. */
  name: string
  /** The public zone that it lives in. */
  zone: string
  ttlS: number
  /** The IPv4 address that the name is to lead to. */
  address: string
}

/**
 * One line for a POSIX shell. UPSERT sets the record whatever it was, so that the same command with the old address takes
 * it back (Route 53 API reference, ChangeResourceRecordSets, read 2026-11).
 */
export function route53Command({ name, zone, ttlS, address }: RecordChange): string {
  const batch = {
    Changes: [
      {
        Action: 'UPSERT',
        ResourceRecordSet: { Name: `${name}.`, Type: 'A', TTL: ttlS, ResourceRecords: [{ Value: address }] },
      },
    ],
  }
  return `aws route53 change-resource-record-sets --hosted-zone-id "${zoneId(zone)}" --change-batch '${JSON.stringify(batch)}'`
}

/** Looked up by name: nobody knows a zone's id by heart. */
function zoneId(zone: string): string {
  return `$(aws route53 list-hosted-zones-by-name --dns-name ${zone} --max-items 1 --query 'HostedZones[0].Id' --output text)`
}
