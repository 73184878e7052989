// The Pulumi program of the machine image: one for a region and a container image, whatever events use it.
import { Provider } from '@pulumi/aws/provider.js'
import { Config } from '@pulumi/pulumi'
import { refusal } from '../refusal.ts'
import { configuredMachineImage } from './configured-machine-image.ts'
import { MachineImage } from './machine-image.ts'

function declare() {
  try {
    const args = configuredMachineImage(new Config('micropop'))
    const provider = new Provider('aws', { region: args.region })
    return new MachineImage('micropop-pop', args, { providers: [provider] })
  } catch (error) {
    throw refusal(error)
  }
}

/** ARN by architecture, for `aws imagebuilder start-image-pipeline-execution`. */
export const pipelines = declare().pipelines
