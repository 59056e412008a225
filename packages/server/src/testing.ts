export { locationStoreCases, type LocationStoreBench, type LocationStoreCase } from './location-store-suite.ts'
