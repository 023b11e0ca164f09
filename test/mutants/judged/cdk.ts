import type { Judgement } from './judgement.ts'

export const cdkJudgements: Judgement[] = [
  {
    file: 'cdk/alarms.ts',
    line: 'const FORGED_LINKS = 20',
    change: '20 → (20 + 1)',
    because: 'Twenty is a guess between a few copied links and an attack; nobody relies on the last one.',
  },
  {
    file: 'cdk/alarms.ts',
    line: 'threshold: 5,',
    change: '5 → (5 + 1)',
    because: 'Five is a guess of what is more than a few; nobody relies on the last one.',
  },
  {
    file: 'cdk/brought.ts',
    line: 'const visible = made?.visibilityTimeout ?? (made ? 30 : undefined)',
    change: '30 → (30 + 1)',
    because: 'A queue without a timeout of its own has one of 30 seconds, and 90 minutes are needed.',
  },
  {
    file: 'cdk/bundles.ts',
    line: 'if (!made.has(outdir)) bundlePlainHandlers(outdir)',
    change: '!made.has(outdir) → true',
    because: 'Bundling again gives the same files, only later.',
  },
  {
    file: 'cdk/bundles.ts',
    line: 'made.add(outdir)',
    change: 'made.add(outdir) → ;',
    because: 'Bundling again gives the same files, only later.',
  },
  {
    file: 'cdk/bundles.ts',
    line: 'isWhole: true,',
    change: 'true → false',
    because: 'Bundling with chunks beside the file takes longer, but the functions are the same.',
  },
  {
    file: 'cdk/bundling/bundle.ts',
    line: 'const OUTPUT_BYTES = 64 * 1024 * 1024',
    change: '64 → (64 + 1)',
    because: 'Nobody relies on the exact size of a buffer.',
  },
  {
    file: 'cdk/bundling/bundle.ts',
    line: 'const OUTPUT_BYTES = 64 * 1024 * 1024',
    change: '1024 → (1024 + 1)',
    because: 'Nobody relies on the exact size of a buffer.',
  },
  {
    file: 'cdk/bundling/zod.ts',
    line: 'if (/[\\\\/]node_modules[\\\\/]/.test(path)) return undefined',
    change: '/[\\\\/]node_modules[\\\\/]/.test(path) → false',
    because: 'Packages would be searched for such imports too, which only takes time.',
  },
  {
    file: 'cdk/catalogue.ts',
    line: 'const READ_MILLIS = 60_000',
    change: '60_000 → (60_000 + 1)',
    because: 'A millisecond more until a module with an endless loop is ended makes no difference.',
  },
  {
    file: 'cdk/catalogue.ts',
    line: 'const OUTPUT_BYTES = 64 * 1024 * 1024',
    change: '64 → (64 + 1)',
    because: 'Nobody relies on the exact size of a buffer.',
  },
  {
    file: 'cdk/catalogue.ts',
    line: 'const OUTPUT_BYTES = 64 * 1024 * 1024',
    change: '1024 → (1024 + 1)',
    because: 'Nobody relies on the exact size of a buffer.',
  },
  {
    file: 'cdk/catalogue.ts',
    line: 'if (!(error instanceof BundlingFailed)) throw error',
    change: '!(error instanceof BundlingFailed) → false',
    because: 'Bundling fails with no other error.',
  },
]
