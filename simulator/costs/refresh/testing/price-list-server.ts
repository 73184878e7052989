// A stand-in for AWS's price list and spot market on the loopback: answers made by hand in the documented format.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ListedProduct {
  service: string
  family?: string
  usagetype: string
  attributes?: Record<string, string>
  unit: string
  /** `[begin, end, price]`. */
  tiers: [string, string, string][]
  reserved?: { term: string; offering: string; payment: string; hour: string; upfront?: string }[]
}

export interface SpotRow {
  type: string
  zone: string
  price: string
  at: string
}

export interface Listed {
  products: ListedProduct[]
  spot: SpotRow[]
  /** Products on a page. Default: all. */
  pageSize?: number
  /** Instead of any answer: status and body. */
  fails?: { status: number; body: object }
  /** A page is followed by another, without end. */
  endless?: boolean
  /** Called for a question, of which there is then no answer. */
  onUnanswered?: () => void
}

export interface PriceListServer extends AsyncDisposable {
  endpoint: string
  /** `service filters` of each question that was asked. */
  asked: { service: string; filters: Record<string, string> }[]
}

export async function startPriceListServer(listed: Listed): Promise<PriceListServer> {
  const asked: PriceListServer['asked'] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (listed.onUnanswered) listed.onUnanswered()
    else if (listed.fails) {
      response.writeHead(listed.fails.status, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(listed.fails.body))
    } else if (request.headers['x-amz-target'] === 'AWSPriceListService.GetProducts') {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(products(listed, JSON.parse(body), asked)))
    } else {
      response.writeHead(200, { 'content-type': 'text/xml;charset=UTF-8' })
      response.end(spotHistory(listed.spot))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface GetProducts {
  ServiceCode: string
  Filters: { Field: string; Value: string }[]
  NextToken?: string
}

function products(listed: Listed, question: GetProducts, asked: PriceListServer['asked']): object {
  const filters = Object.fromEntries(question.Filters.map(({ Field, Value }) => [Field, Value]))
  const from = Number(question.NextToken ?? 0)
  if (from === 0) asked.push({ service: question.ServiceCode, filters })
  const found = listed.products.filter(
    ({ service, family }) =>
      service === question.ServiceCode &&
      (filters.productFamily === undefined || filters.productFamily === family),
  )
  const end = from + (listed.pageSize ?? found.length)
  return {
    FormatVersion: 'aws_v1',
    PriceList: found
      .slice(from, end)
      .map((product, i) => JSON.stringify(asListed(product, `SKU${from + i}`))),
    ...((end < found.length || listed.endless) && { NextToken: String(end) }),
  }
}

function asListed(product: ListedProduct, sku: string): object {
  const { service, family, usagetype, attributes, unit, tiers, reserved = [] } = product
  const dimensions = tiers.map(([beginRange, endRange, price], i) => [
    `${sku}.JRTCKXETXF.${i}`,
    { unit, beginRange, endRange, description: '', appliesTo: [], pricePerUnit: { USD: price } },
  ])
  return {
    product: { sku, productFamily: family, attributes: { servicecode: service, usagetype, ...attributes } },
    serviceCode: service,
    terms: {
      OnDemand: {
        [`${sku}.JRTCKXETXF`]: { priceDimensions: Object.fromEntries(dimensions), sku, termAttributes: {} },
      },
      Reserved: Object.fromEntries(reserved.map((each, i) => [`${sku}.${i}`, asReserved(each)])),
    },
    version: '20261127000000',
    publicationDate: '2026-11-27T00:00:00Z',
  }
}

function asReserved({
  term,
  offering,
  payment,
  hour,
  upfront,
}: NonNullable<ListedProduct['reserved']>[number]) {
  return {
    priceDimensions: {
      hour: { unit: 'Hrs', beginRange: '0', endRange: 'Inf', pricePerUnit: { USD: hour } },
      ...(upfront !== undefined && {
        fee: { unit: 'Quantity', description: 'Upfront Fee', pricePerUnit: { USD: upfront } },
      }),
    },
    termAttributes: { LeaseContractLength: term, OfferingClass: offering, PurchaseOption: payment },
  }
}

function spotHistory(rows: SpotRow[]): string {
  const items = rows.map(
    ({ type, zone, price, at }) =>
      `<item><instanceType>${type}</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>${price}</spotPrice><timestamp>${at}</timestamp><availabilityZone>${zone}</availabilityZone></item>`,
  )
  return `<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId><spotPriceHistorySet>${items.join('')}</spotPriceHistorySet><nextToken/></DescribeSpotPriceHistoryResponse>`
}
