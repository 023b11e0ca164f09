import { hasLoopDetection } from '../../statemachine/regions.ts'

test('Lambda detects loops in the regions that AWS lists', () => {
  const regions = ['us-east-1', 'ap-northeast-1', 'ap-southeast-5', 'eu-central-1']
  const others = ['ap-southeast-6', 'mx-central-1', 'us-gov-west-1', 'cn-north-1', 'us-isob-east-1', 'eu-isoe-west-1']
  expect(regions.filter((region) => !hasLoopDetection(region))).toEqual([])
  expect(others.filter(hasLoopDetection)).toEqual([])
})
