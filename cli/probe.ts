// `micropop probe URL...`: asks PoPs from outside whether they serve.
import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { InvalidInput } from '../runtime/errors.ts'
import { type Format, formatOption } from './options.ts'
import { seconds } from './seconds.ts'
import { textFile } from './text-file.ts'

interface Options {
  format: Format
  tokenFile?: string
  ca?: string
  readOnly: boolean
  timeout: number
}

export function probeCommand(): Command {
  return new Command('probe')
    .description(
      'ask PoPs from outside whether they serve: opens a session, times it, has one message delivered',
    )
    .argument('<url...>', 'address of a PoP: https://NAME, or what `pulumi stack output popUrl` prints')
    .addOption(formatOption())
    .option('--token-file <file>', 'file with a token, for a PoP that asks for one')
    .option('--ca <file>', 'PEM of the authority of its certificate, where this machine does not know it')
    .option('--read-only', 'publish nothing, so that a probe leaves no trace', false)
    .option('--timeout <seconds>', 'for each PoP', seconds, 10)
    .addHelpText('after', '\nEnds with 1 where one does not serve.')
    .action(async (urls: string[], { format, tokenFile, ca, readOnly, timeout }: Options) => {
      const [{ probe }, { popAddress }, { probeText }] = await Promise.all([
        import('../runtime/operations/probe.ts'),
        import('../runtime/operations/pop-address.ts'),
        import('./probe-text.ts'),
      ])
      urls.forEach(popAddress)
      const token = tokenFile === undefined ? null : (await textFile(tokenFile, 'MP_TOKEN_FILE')).trim()
      const authority = ca === undefined ? undefined : await textFile(ca, 'MP_CA_FILE')
      const reports = await Promise.all(
        urls.map((url) =>
          probe(url, {
            token,
            client:
              token === null ? `probe-${randomBytes(8).toString('hex')}` : subjectOf(token, tokenFile ?? ''),
            publish: !readOnly,
            ...(authority !== undefined && { ca: authority }),
            nowMs: () => performance.now(),
            wallMs: Date.now,
            signal: AbortSignal.timeout(timeout * 1_000),
          }),
        ),
      )
      process.stdout.write(
        format === 'json' ? `${JSON.stringify(reports, null, 2)}\n` : `${probeText(reports, Date.now())}\n`,
      )
      if (reports.some(({ serves }) => !serves)) process.exitCode = 1
    })
}

/** Whom a token is for: the PoP takes it from that client alone. Errors: MP_TOKEN_FILE, which quotes nothing of it. */
function subjectOf(token: string, file: string): string {
  try {
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (typeof sub === 'string') return sub
  } catch {
    // Said below.
  }
  throw new InvalidInput(
    'MP_TOKEN_FILE',
    'holds no token',
    'Write there what `micropop token sign --client NAME` prints.',
    { file },
  )
}
