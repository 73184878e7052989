// Serves providers to the Pulumi engine on a free loopback port of this process; the engine attaches to it by
// PULUMI_DEBUG_PROVIDERS=aws:PORT. Pulumi's own server is one per process, and it cannot be closed.
import { createRequire } from 'node:module'
import type { Provider } from '@pulumi/pulumi/provider/index.js'

// Pulumi's own copies: messages must be of its very classes.
const pulumi = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi/package.json'))
const grpc = pulumi('@grpc/grpc-js') as typeof import('@grpc/grpc-js')
const messages = pulumi('./proto/provider_pb.js')
const { PluginInfo } = pulumi('./proto/plugin_pb.js')
const { ResourceProviderService } = pulumi('./proto/provider_grpc_pb.js')
const { Struct } = pulumi('google-protobuf/google/protobuf/struct_pb.js')
const { Empty } = pulumi('google-protobuf/google/protobuf/empty_pb.js')

const LOOPBACK = '127.0.0.1'

// biome-ignore lint/suspicious/noExplicitAny: generated messages, which Pulumi ships without usable types
type Message = any

export interface ServedProvider extends AsyncDisposable {
  port: number
}

export async function serveProvider(provider: Provider): Promise<ServedProvider> {
  const server = new grpc.Server()
  server.addService(ResourceProviderService, service(provider))
  const port = await new Promise<number>((done, fail) => {
    server.bindAsync(`${LOOPBACK}:0`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? done(bound) : fail(error),
    )
  })
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
    },
  }
}

/** Each call of the engine as one of the provider's; what it does not offer is answered as unimplemented. */
function service(provider: Provider): import('@grpc/grpc-js').UntypedServiceImplementation {
  const properties = (struct: Message) => struct?.toJavaScript() ?? {}
  return {
    attach: answered(async () => new Empty()),
    cancel: answered(async () => new Empty()),
    getPluginInfo: answered(async () => {
      const info = new PluginInfo()
      info.setVersion(provider.version ?? '')
      return info
    }),
    getSchema: answered(async () => {
      const response = new messages.GetSchemaResponse()
      response.setSchema('{}')
      return response
    }),
    configure: answered(async () => {
      const response = new messages.ConfigureResponse()
      response.setAcceptsecrets(true)
      response.setAcceptresources(true)
      response.setAcceptoutputs(true)
      return response
    }),
    check: answered(async (request) => {
      const news = properties(request.getNews())
      const checked = await provider.check?.(request.getUrn(), properties(request.getOlds()), news)
      const response = new messages.CheckResponse()
      response.setInputs(Struct.fromJavaScript(checked?.inputs ?? news))
      for (const { property, reason } of checked?.failures ?? []) {
        const failure = new messages.CheckFailure()
        failure.setProperty(property)
        failure.setReason(reason)
        response.addFailures(failure)
      }
      return response
    }),
    diff: answered(async (request) => {
      const [olds, news] = [properties(request.getOlds()), properties(request.getNews())]
      const found = await provider.diff?.(request.getId(), request.getUrn(), olds, news)
      const response = new messages.DiffResponse()
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges
      response.setChanges(found?.changes ? DIFF_SOME : DIFF_NONE)
      response.setReplacesList([...(found?.replaces ?? [])])
      return response
    }),
    create: answered(async (request) => {
      const created = await provider.create?.(request.getUrn(), properties(request.getProperties()))
      const response = new messages.CreateResponse()
      response.setId(created?.id)
      response.setProperties(Struct.fromJavaScript(created?.outs ?? {}))
      return response
    }),
    read: answered(async (request) => {
      const props = properties(request.getProperties())
      const read = await provider.read?.(request.getId(), request.getUrn(), props)
      const response = new messages.ReadResponse()
      response.setId(read?.id ?? '')
      response.setProperties(Struct.fromJavaScript(read?.props ?? {}))
      if (read?.inputs !== undefined) response.setInputs(Struct.fromJavaScript(read.inputs))
      return response
    }),
    update: answered(async (request) => {
      const [olds, news] = [properties(request.getOlds()), properties(request.getNews())]
      const updated = await provider.update?.(request.getId(), request.getUrn(), olds, news)
      const response = new messages.UpdateResponse()
      response.setProperties(Struct.fromJavaScript(updated?.outs ?? {}))
      return response
    }),
    delete: answered(async (request) => {
      await provider.delete?.(request.getId(), request.getUrn(), properties(request.getProperties()))
      return new Empty()
    }),
    invoke: answered(async (request) => {
      const answer = await provider.invoke?.(request.getTok(), properties(request.getArgs()))
      const response = new messages.InvokeResponse()
      response.setReturn(Struct.fromJavaScript(answer?.outputs ?? {}))
      return response
    }),
  }
}

function answered(answer: (request: Message) => Promise<Message>) {
  return (
    call: { request: Message },
    callback: (error: { code: number; details: string } | null, response?: Message) => void,
  ) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
    )
  }
}
