package memory_test

import (
	"testing"

	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/internal/storage/memory"
	"github.com/everframe/everframe/internal/storage/storagetest"
)

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return memory.New() })
}
