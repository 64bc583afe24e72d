package host

import (
	"context"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/workflows"
)

// SearchAttributes returns the search attributes that workflows set.
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		workflows.PipelineAttribute.GetName(): workflows.PipelineAttribute.GetValueType(),
		workflows.StatusAttribute.GetName():   workflows.StatusAttribute.GetValueType(),
		workflows.PresetsAttribute.GetName():  workflows.PresetsAttribute.GetValueType(),
	}
}

// EnsureSearchAttributes adds what is missing of them to a namespace.
//
// Errors: Unavailable; Denied where only an operator may add some: the error
// names them.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	const op = "host.EnsureSearchAttributes"
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fault.Wrap(err, op, fault.Unavailable)
	}
	missing := SearchAttributes()
	for name := range have.GetCustomAttributes() {
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fault.New(op, fault.Denied, 0, "the namespace %s lacks the search attributes %v and they could not be added", namespace, missing).Because(err)
	}
	return nil
}
