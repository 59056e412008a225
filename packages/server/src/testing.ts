export { locationStoreCases, type LocationStoreBench, type LocationStoreCase } from './location/location-store-suite.ts'
