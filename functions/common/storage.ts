/** How long S3 may take for one request, a part of some gigabytes included. Without the last option the SDK only warns, and waits on. */
export const REQUEST_HANDLER = { connectionTimeout: 5_000, requestTimeout: 300_000, throwOnRequestTimeout: true }
