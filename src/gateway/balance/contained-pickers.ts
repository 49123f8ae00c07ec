import { notAPromise } from '../model/not-a-promise.ts'
import type { Endpoint } from '../model/route.ts'
import type { Picker, PickerMaker, PickRequest } from './picker.ts'
import { pickers as builtIn } from './pickers.ts'

/**
 * Pickers of plugins, each with round robin behind it: when one throws, or names an endpoint that
 * was tried or isn't the service's, round robin chooses instead, and no request suffers. The
 * built-in ones stay as they are.
 *
 * @param onFault told of the first fault of each picker in each table
 */
export function containPickers(
  makers: ReadonlyMap<string, PickerMaker>,
  onFault: (picker: string, error: unknown) => void
): ReadonlyMap<string, PickerMaker> {
  const known = new Set<PickerMaker>(Object.values(builtIn))
  return new Map(
    [...makers].map(([name, make]) => [
      name,
      known.has(make) ? make : contained(make, (error) => onFault(name, error))
    ])
  )
}

function contained(make: PickerMaker, onFault: (error: unknown) => void): PickerMaker {
  // What the plugin gets as `previous` is its own picker, not the one around it.
  const inner = new WeakMap<Picker, Picker>()
  return (service, endpoints, previous, tools) => {
    const spare = builtIn['round-robin'](service, endpoints, undefined, tools)
    let faults = 0
    const fault = (error: unknown): void => {
      if (faults++ === 0) onFault(error)
    }
    let own: Picker
    try {
      own = notAPromise(make(service, endpoints, previous && inner.get(previous), tools))
    } catch (error) {
      fault(error)
      return spare
    }
    const picker = (request: PickRequest, tried: readonly Endpoint[]): Endpoint | undefined => {
      try {
        const chosen = notAPromise(own(request, tried))
        if (chosen === undefined) return undefined
        if (endpoints.includes(chosen) && !tried.includes(chosen)) return chosen
        fault(new TypeError('the picker chose an endpoint that was tried or is not the service’s'))
      } catch (error) {
        fault(error)
      }
      return spare(request, tried)
    }
    inner.set(picker, own)
    return picker
  }
}
