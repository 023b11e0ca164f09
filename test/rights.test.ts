/** The comparison at the end of a whole run (`teardown.ts`): what roles were granted, and what of it was used. */
import { differences } from './support/rights.ts'

const report = (granted: string[], used: string[], denied: string[] = [], role = 'CarryoutPrepareRole') => ({
  granted: { [role]: granted },
  used: { [role]: used },
  denied: { [role]: denied },
})

test('names each permission that no cloud used, and each that was missing', () => {
  const one = report(['s3:GetObject', 's3:PutObject', 'sqs:SendMessage'], ['s3:GetObject'])
  const other = report(['s3:GetObject'], ['s3:PutObject'], ['sns:Publish'])
  expect(differences([one, other])).toEqual([
    'CarryoutPrepareRole sqs:SendMessage is granted and not used.',
    'CarryoutPrepareRole sns:Publish was needed and is not granted.',
  ])
})

test('excuses permissions that AWS uses for a role, and rarely used ones only for the roles that have them', () => {
  const rare = ['s3:AbortMultipartUpload']
  expect(differences([report(['ec2:CreateNetworkInterface', 'xray:PutTraceSegments'], [])])).toEqual([])
  expect(differences([report(rare, [], [], 'CarryoutFinishRole1A2B')])).toEqual([])
  expect(differences([report(rare, [])])).toEqual([
    'CarryoutPrepareRole s3:AbortMultipartUpload is granted and not used.',
  ])
})
