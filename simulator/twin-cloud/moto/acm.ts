// Certificates and the proof that a name is ours, as calls to ACM.
import {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm'
import type { CertificateArgs } from '@pulumi/aws/acm/certificate.js'
import { type JudgedTypes, judged, tagList } from './judged-type.ts'

const certificate = judged<CertificateArgs>({
  async create({ inputs, aws }) {
    const acm = aws.of(ACMClient)
    const { CertificateArn } = await acm.send(
      new RequestCertificateCommand({
        DomainName: inputs.domainName,
        SubjectAlternativeNames: inputs.subjectAlternativeNames,
        ValidationMethod: inputs.validationMethod as 'DNS',
        Tags: tagList(inputs.tags),
      }),
    )
    const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }))
    const domainValidationOptions = Certificate?.DomainValidationOptions?.map((proof) => ({
      domainName: proof.DomainName,
      resourceRecordName: proof.ResourceRecord?.Name,
      resourceRecordType: proof.ResourceRecord?.Type,
      resourceRecordValue: proof.ResourceRecord?.Value,
    }))
    return { id: CertificateArn, outputs: { arn: CertificateArn, domainValidationOptions } }
  },
  async delete({ id, aws }) {
    await aws.of(ACMClient).send(new DeleteCertificateCommand({ CertificateArn: id }))
  },
  async exists({ id, aws }) {
    await aws.of(ACMClient).send(new DescribeCertificateCommand({ CertificateArn: id }))
    return true
  },
})

export const ACM: JudgedTypes = { 'aws:acm/certificate:Certificate': certificate }
