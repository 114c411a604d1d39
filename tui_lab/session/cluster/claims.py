"""Taking the next trial of a study: each is taken by one worker only."""

from tui_lab.session.cluster.filling import fill
from tui_lab.session.cluster.study import Study
from tui_lab.session.cluster.trials import HOST, WORKER, Planned, planned


class Claims:
    """Takes trials for one worker, named `worker`, on the machine `host`."""

    def __init__(self, study: Study, worker: str, host: str) -> None:
        self._study, self._worker, self._host = study, worker, host
        self._waiting: list[Planned] = []
        self.left = 0
        """How many trials have not ended, when it was last looked."""

    def take(self) -> Planned | None:
        """The next trial, which is ours from now on; None if there is none at the moment."""
        if (found := self._take_waiting()) is not None:
            return found
        self.left = fill(self._study)
        return self._take_waiting()

    def _take_waiting(self) -> Planned | None:
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        storage = self._study.database.storage
        for look in range(2):
            while self._waiting:
                plan = self._waiting.pop(0)
                try:
                    # a sign of life first: without any, a trial would never be found to be lost
                    storage.record_heartbeat(plan.trial_id)
                    if not storage.set_trial_state_values(plan.trial_id, TrialState.RUNNING):
                        continue
                except UpdateFinishedTrialError:
                    continue
                storage.set_trial_user_attr(plan.trial_id, WORKER, self._worker)
                storage.set_trial_user_attr(plan.trial_id, HOST, self._host)
                return plan
            if look == 0:
                self._waiting = self._look()
        return None

    def _look(self) -> list[Planned]:
        from optuna.trial import TrialState

        trials = self._study.database.storage.get_all_trials(
            self._study.study_id, deepcopy=False, states=(TrialState.WAITING,)
        )
        plans = [plan for each in trials if (plan := planned(each)) is not None]
        return sorted(plans, key=lambda plan: (plan.host != self._host, plan.number))
