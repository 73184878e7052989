// The option that says how much the servers log.
import { Option } from 'commander'

export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'how much is logged')
    .choices(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
}
