/** Services: their list and the page of one. */
export { ServicePage } from './ServicePage'
export { ServicesPage } from './ServicesPage'
