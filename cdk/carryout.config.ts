/** The sample shop's configuration. docs/deploying.md explains each setting. */
import { Duration } from 'aws-cdk-lib'
import { defineConfig } from './config.ts'

export default defineConfig({
  name: 'Carryout',
  region: 'us-east-1',
  vpc: {
    id: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-18071f5e4d3c2b1a0'],
    securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
  },
  database: {
    host: 'shop.cluster-ro-c1x2y3z4a5b6.us-east-1.rds.amazonaws.com',
    name: 'shop',
    secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/carryout-AbC123',
  },
  maxConcurrentQueries: 1,
  fileRetention: Duration.days(7),
  subscriptions: [{ email: 'operator@example.com' }],
  mail: { from: 'downloads@example.com', fromName: 'Shop downloads', identity: 'create' },
})
