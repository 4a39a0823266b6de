/** Containers: their list, the page of one, and how one's state is shown elsewhere. */
export { ContainerPage } from './ContainerPage'
export { ContainersPage } from './ContainersPage'
export { ContainerState, ImageName, Incomplete } from './parts'
